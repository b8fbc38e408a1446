"""Asking for a reward model."""

from __future__ import annotations

from typing import Any

from django import forms

from annotations.models import Project
from models_llm.choices import JudgeKind
from models_llm.models import JudgeVersion
from models_llm.rewards import Objective
from models_llm.selectors.judges import versions_of
from models_llm.services.reward_models import RewardModelRequest


class RewardModelForm(forms.Form):
    name = forms.CharField(max_length=120, initial="distilled")
    base = forms.CharField(
        label="Language model",
        max_length=300,
        help_text="Name or folder, as the worker of the engine queue finds it: an encoder or a decoder.",
    )
    revision = forms.CharField(max_length=100, initial=RewardModelRequest.revision)
    teacher = forms.ModelChoiceField(
        JudgeVersion.objects.none(),
        required=False,
        empty_label="none: people alone",
        help_text="Its verdicts stand in where people decided nothing.",
    )
    teacher_weight = forms.FloatField(
        initial=RewardModelRequest.teacher_weight, min_value=0, max_value=1, help_text="People’s ratings weigh 1."
    )
    objective = forms.ChoiceField(
        choices=[
            (Objective.LISTWISE.value, "list-wise: each item against all below it"),
            (Objective.PAIRS.value, "pairs: each item against one below it"),
        ]
    )
    epochs = forms.IntegerField(initial=RewardModelRequest.epochs, min_value=1, max_value=100)
    learning_rate = forms.FloatField(initial=RewardModelRequest.learning_rate, min_value=1e-7, max_value=0.1)
    batch_texts = forms.IntegerField(
        label="Items a batch", initial=RewardModelRequest.batch_texts, min_value=2, max_value=1024
    )
    max_tokens = forms.IntegerField(
        label="Tokens of an item at most",
        initial=RewardModelRequest.max_tokens,
        min_value=16,
        max_value=32_768,
        help_text="A longer one loses its beginning.",
    )
    held_out_share = forms.FloatField(
        label="Held out",
        initial=0.3,
        min_value=0.05,
        max_value=0.9,
        help_text="Share of the rated items that only the evaluation sees.",
    )
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["teacher"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  a fact about the class above
        versions = versions_of(project).exclude(judge__kind=JudgeKind.REWARD_MODEL)
        field.queryset = versions.filter(rubric=project.current_rubric())

    def request_fields(self) -> dict[str, Any]:
        """The arguments of `request_fit` but for project and user."""
        fields = dict(self.cleaned_data)
        teacher = fields.pop("teacher")
        asked = {name: fields.pop(name) for name in ("name", "seed", "held_out_share")}
        params = {**fields, "teacher_id": None if teacher is None else teacher.pk}
        return {**asked, "kind": JudgeKind.REWARD_MODEL, "params": params}
