"""What a data set is made of, asked on a page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotations.models import Project
from annotations.selectors.items import slice_values
from models_llm.choices import FileFormat, Labels, Shape
from models_llm.datasets import SHAPES, Query, parse_slice
from models_llm.selectors.datasets import list_judges
from models_llm.templatetags.judging import said

LABELS = {
    Labels.PEOPLE: _("People, by the level most of them gave"),
    Labels.JUDGE: _("The judge chosen below"),
    Labels.PEOPLE_THEN_JUDGE: _("People where they rated, else the judge"),
}


class DatasetForm(forms.Form):
    shape = forms.ChoiceField(
        label=_("Shape"),
        choices=lambda: [(shape.name.value, f"{said(shape.title)} ({shape.name})") for shape in SHAPES],
        initial=Shape.JUDGED.value,
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(FileFormat.PARQUET.value, "Parquet"), (FileFormat.JSONL.value, "JSONL")],
        initial=FileFormat.PARQUET.value,
    )
    labels = forms.ChoiceField(
        label=_("Who decides"),
        choices=[(labels.value, words) for labels, words in LABELS.items()],
        initial=Labels.PEOPLE.value,
    )
    judge = forms.ChoiceField(label=_("Judge"), required=False, help_text=_("Needed where a judge decides."))
    slice = forms.ChoiceField(label=_("Only items of"), required=False)
    rubric = forms.TypedChoiceField(
        label=_("Rubric version"), required=False, coerce=int, empty_value=None, help_text=_("Whose judgements count.")
    )
    max_per_prompt = forms.IntegerField(
        label=_("Rows of one prompt at most"),
        required=False,
        min_value=0,
        help_text=_("Empty: 4 pairs of a group, and no limit elsewhere. 0: no limit."),
    )
    calibrated = forms.BooleanField(
        label=_("With calibrated probabilities"),
        required=False,
        help_text=_("Judged items only: by each judge's newest calibration, beside those the judge gave."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        judges = [(str(name), str(name)) for name in list_judges(project)]
        slices = [(f"{key}={value}", f"{key}: {value}") for key, value in slice_values(project)]
        versions = [(rubric.version, str(rubric)) for rubric in project.rubrics.order_by("-version")]
        self.fields["rubric"].choices = versions  # type: ignore[attr-defined]
        self.fields["judge"].choices = [("", gettext("none")), *judges]  # type: ignore[attr-defined]
        self.fields["slice"].choices = [("", gettext("all items")), *slices]  # type: ignore[attr-defined]

    def query(self) -> Query:
        """The query of a valid form."""
        values = self.cleaned_data
        return Query(
            shape=Shape(values["shape"]),
            format=FileFormat(values["format"]),
            labels=Labels(values["labels"]),
            judge=values["judge"] or None,
            slices=(parse_slice(values["slice"]),) if values["slice"] else (),
            rubric=values["rubric"],
            max_per_prompt=values["max_per_prompt"],
            is_calibrated=values["calibrated"],
        )
