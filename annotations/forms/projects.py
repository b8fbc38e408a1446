"""Forms of a project: itself, its rubric and guidelines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotations.choices import ProjectKind
from annotations.errors import RubricError
from annotations.models import Project
from annotations.rubrics import RubricSpec, available_rubrics, load_rubric, read_rubric
from annotations.wording import say

MAX_RUBRIC_BYTES = 1_000_000
KINDS = [
    (ProjectKind.INTEREST.value, _("Interest")),
    (ProjectKind.TAG.value, _("Tag")),
    (ProjectKind.EXPLANATION.value, _("Explanation")),
    (ProjectKind.PREFERENCE.value, _("Preference")),
    (ProjectKind.CUSTOM.value, _("Custom")),
]


class YamlRubricMixin(forms.Form):
    """A rubric from a file or a text; `rubric_from_yaml` is the rubric, or None where neither came."""

    def rubric_from_yaml(self, cleaned: dict[str, Any]) -> RubricSpec | None:
        """Adds an error that names the faulty line, and returns None, if the YAML is no rubric."""
        upload: UploadedFile | None = cleaned.get("file")
        field = "file" if upload else "text"
        text: str = cleaned.get("text", "")
        try:
            if upload:
                text = self._decode(upload)
            return read_rubric(text, source=(upload.name if upload else None) or "rubric") if text else None
        except RubricError as err:
            self.add_error(field, say(err))
            return None

    @staticmethod
    def _decode(upload: UploadedFile) -> str:
        raw = upload.read(MAX_RUBRIC_BYTES + 1)
        if len(raw) > MAX_RUBRIC_BYTES:
            raise RubricError(
                _("%(name)s: expected at most %(most)s bytes") % {"name": upload.name, "most": f"{MAX_RUBRIC_BYTES:,}"}
            )
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as err:
            raise RubricError(
                _("%(name)s: expected UTF-8 text; byte %(at)s is none") % {"name": upload.name, "at": err.start}
            ) from err


class CreateProjectForm(YamlRubricMixin):
    name = forms.CharField(max_length=120, label=_("Name"))
    slug = forms.SlugField(
        max_length=60,
        label=_("Address"),
        help_text=_("Small letters, figures and hyphens. It cannot be changed later."),
    )
    kind = forms.ChoiceField(
        choices=KINDS, label=_("Kind"), help_text=_("Decides how evidence is laid out for annotators.")
    )
    template = forms.ChoiceField(label=_("Rubric"), required=False)
    file = forms.FileField(
        label=_("Rubric file"), required=False, help_text=_("YAML; used instead of the rubric chosen above.")
    )
    overlap = forms.IntegerField(
        min_value=1, max_value=50, initial=1, label=_("Annotators for each item"), help_text=_("Can be changed later.")
    )
    description = forms.CharField(widget=forms.Textarea, required=False, label=_("Description"))

    rubric: RubricSpec | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = [(name, load_rubric(name).name) for name in available_rubrics()]
        self.fields["template"].choices = [("", _("from a file")), *templates]  # type: ignore[attr-defined]

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if Project.objects.filter(slug=slug).exists():
            raise forms.ValidationError(gettext("“%(slug)s” is taken. Choose another address.") % {"slug": slug})
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("file"):
            self.rubric = self.rubric_from_yaml(cleaned)
        elif cleaned.get("template"):
            self.rubric = load_rubric(cleaned["template"])
        elif not self.errors:
            self.add_error("template", gettext("Choose a rubric, or upload one as a file."))
        return cleaned


class NewRubricForm(YamlRubricMixin):
    text = forms.CharField(
        widget=forms.Textarea(attrs={"class": "mono", "spellcheck": "false", "rows": 24}),
        required=False,
        label=_("Rubric as YAML"),
    )
    file = forms.FileField(label=_("Or a file"), required=False, help_text=_("Used instead of the text above."))

    rubric: RubricSpec | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.rubric = self.rubric_from_yaml(cleaned)
        if self.rubric is None and not self.errors:
            self.add_error("text", gettext("Expected a rubric; the text is empty and there is no file."))
        return cleaned


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields = ("name", "description")
        labels = {"name": _("Name"), "description": _("Description")}


class GuidelineForm(forms.Form):
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24}),
        label=_("Guidelines"),
        help_text=_("Markdown: headings, lists, tables, links."),
        max_length=100_000,
        strip=False,
    )
