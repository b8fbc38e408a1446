"""An upload and how it is to be read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from annotations.choices import BatchKind
from annotations.errors import ImportRefusedError, MappingError
from annotations.formats import RowReader, format_of, load_mapping_text, make_reader, mapping_kind, published_mappings
from annotations.rubrics import RubricSpec, load_rubric
from annotations.wording import say

MAX_MAPPING_BYTES = 1_000_000

_OWN_SHAPE = [
    (f"own:{BatchKind.ITEMS}", _("items, with their judgements or without")),
    (f"own:{BatchKind.JUDGEMENTS}", _("judgements of items that are here")),
    (f"own:{BatchKind.GOLD}", _("gold of items that are here")),
]


class UploadForm(forms.Form):
    """After validation `kind`, `mapping` and `mapping_name` say how the file is read, and `reader` reads it."""

    file = forms.FileField(label=_("File"), help_text=_("JSONL, CSV or Parquet, plain or gzip."))
    reading = forms.ChoiceField(label=_("It holds"))
    mapping_file = forms.FileField(
        label=_("Mapping file"), required=False, help_text=_("YAML; used instead of the choice above.")
    )
    producer = forms.CharField(
        label=_("Producer"), required=False, max_length=200, help_text=_("Which model made the candidates.")
    )
    round = forms.IntegerField(label=_("Round"), required=False, min_value=0, max_value=2**31 - 1)
    is_strict = forms.BooleanField(
        label=_("Strict"), required=False, help_text=_("One refused row, and nothing of the file goes in.")
    )

    kind: BatchKind
    mapping: str = ""
    mapping_name: str = ""
    reader: RowReader

    def __init__(self, *args: Any, rubric: RubricSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rubric = rubric
        fitting = [(f"published:{name}", name) for name in published_mappings() if _fits(name, rubric)]
        choices: list[Any] = [(_("The platform's own shape"), _OWN_SHAPE)]
        if fitting:
            choices.append((_("A published data set"), fitting))
        self.fields["reading"].choices = choices  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        try:
            format_of(upload.name or "")
        except ImportRefusedError as err:
            raise forms.ValidationError(say(err)) from err
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload: UploadedFile | None = cleaned.get("mapping_file")
        source, _, name = cleaned.get("reading", "").partition(":")
        if not source:
            return cleaned
        try:
            if upload is not None:
                self.mapping, self.mapping_name = _decode(upload), upload.name or "mapping"
            elif source == "published":
                self.mapping, self.mapping_name = load_mapping_text(name), f"{name}.yaml"
            self.kind = mapping_kind(self.mapping, source=self.mapping_name) if self.mapping else BatchKind(name)
            self.reader = make_reader(
                kind=self.kind, mapping=self.mapping, source=self.mapping_name, rubric=self._rubric
            )
        except MappingError as err:
            self.add_error("mapping_file", say(err))
        return cleaned


def _fits(name: str, rubric: RubricSpec) -> bool:
    """Whether the project rates under the rubric that a published mapping is for."""
    return load_rubric(name.partition(".")[0]).digest == rubric.digest


def _decode(upload: UploadedFile) -> str:
    raw = upload.read(MAX_MAPPING_BYTES + 1)
    if len(raw) > MAX_MAPPING_BYTES:
        raise MappingError(
            _("%(name)s: expected at most %(most)s bytes") % {"name": upload.name, "most": f"{MAX_MAPPING_BYTES:,}"}
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as err:
        raise MappingError(
            _("%(name)s: expected UTF-8 text; byte %(at)s is none") % {"name": upload.name, "at": err.start}
        ) from err
