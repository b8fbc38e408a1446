"""Making judges and starting their runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from annotations.choices import Outcome
from annotations.models import Project
from models_llm.models import JudgeVersion
from models_llm.selectors.judges import runnable_versions
from models_llm.services.runs import UNRATED, Selection


class BaselineForm(forms.Form):
    name = forms.CharField(max_length=120, initial="baseline")
    held_out_share = forms.FloatField(
        label="Held out",
        initial=0.3,
        min_value=0.05,
        max_value=0.9,
        help_text="Share of the rated items that only the evaluation sees.",
    )
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1, help_text="Draws the held-out items.")


class RunForm(forms.Form):
    version = forms.ModelChoiceField(JudgeVersion.objects.none(), label="Judge", empty_label=None)
    limit = forms.IntegerField(
        required=False, min_value=1, label="Items at most", help_text="Drawn by the seed. Empty: all that are missing."
    )
    seed = forms.IntegerField(initial=0, validators=[MinValueValidator(0), MaxValueValidator(2**31 - 1)])
    again = forms.BooleanField(
        required=False, label="Also items it has judged", help_text="Old verdicts are superseded."
    )

    def __init__(self, *args: Any, project: Project, fixed: JudgeVersion | None = None, **kwargs: Any) -> None:
        """`fixed` is the version that the page around the form is about; then there is nothing to choose."""
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  a fact about the class above
        field.queryset = runnable_versions(project)
        if fixed is not None:
            field.initial = fixed.pk
            field.widget = forms.HiddenInput()

    def selection(self) -> Selection:
        return Selection(only_missing=not self.cleaned_data["again"], limit=self.cleaned_data["limit"])


class RetryForm(forms.Form):
    outcomes = forms.TypedMultipleChoiceField(
        choices=[(outcome.value, outcome.value) for outcome in UNRATED], coerce=Outcome
    )
