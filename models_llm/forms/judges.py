"""Making judges and starting their runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator

from annotations.choices import Outcome
from annotations.models import Project
from models_llm.engines import Sampling
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


class ServedJudgeForm(forms.Form):
    name = forms.CharField(max_length=120)
    url = forms.CharField(
        label="Server",
        max_length=500,
        help_text="Any server that speaks OpenAI's chat completions, for example http://gpu-1:8000/v1",
    )
    model = forms.CharField(max_length=200, help_text="What the server calls it.")
    temperature = forms.FloatField(initial=Sampling.temperature, min_value=0, max_value=2)
    max_tokens = forms.IntegerField(label="Tokens at most", initial=Sampling.max_tokens, min_value=16, max_value=32_768)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].initial = settings.JUDGE_URL
        self.fields["model"].initial = settings.JUDGE_MODEL

    def sampling(self) -> Sampling:
        return Sampling(temperature=self.cleaned_data["temperature"], max_tokens=self.cleaned_data["max_tokens"])


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
