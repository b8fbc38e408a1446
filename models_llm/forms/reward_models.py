"""Asking for a reward model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import Project
from models_llm.choices import JudgeKind
from models_llm.models import JudgeVersion
from models_llm.rewards import Objective
from models_llm.selectors.judges import versions_of
from models_llm.services.reward_models import RewardModelRequest


class RewardModelForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, initial="distilled")
    base = forms.CharField(
        label=_("Language model"),
        max_length=300,
        help_text=_("Name or folder, as the worker of the engine queue finds it: an encoder or a decoder."),
    )
    revision = forms.CharField(label=_("Revision"), max_length=100, initial=RewardModelRequest.revision)
    teacher = forms.ModelChoiceField(
        JudgeVersion.objects.none(),
        label=_("Teacher"),
        required=False,
        empty_label=_("none: people alone"),
        help_text=_("Its verdicts stand in where people decided nothing."),
    )
    teacher_weight = forms.FloatField(
        label=_("Teacher weight"),
        initial=RewardModelRequest.teacher_weight,
        min_value=0,
        max_value=1,
        help_text=_("People’s ratings weigh 1."),
    )
    objective = forms.ChoiceField(
        label=_("Objective"),
        choices=[
            (Objective.LISTWISE.value, _("list-wise: each item against all below it")),
            (Objective.PAIRS.value, _("pairs: each item against one below it")),
        ],
    )
    epochs = forms.IntegerField(label=_("Epochs"), initial=RewardModelRequest.epochs, min_value=1, max_value=100)
    learning_rate = forms.FloatField(
        label=_("Learning rate"), initial=RewardModelRequest.learning_rate, min_value=1e-7, max_value=0.1
    )
    batch_texts = forms.IntegerField(
        label=_("Items a batch"), initial=RewardModelRequest.batch_texts, min_value=2, max_value=1024
    )
    max_tokens = forms.IntegerField(
        label=_("Tokens of an item at most"),
        initial=RewardModelRequest.max_tokens,
        min_value=16,
        max_value=32_768,
        help_text=_("A longer one loses its beginning."),
    )
    held_out_share = forms.FloatField(
        label=_("Held out"),
        initial=0.3,
        min_value=0.05,
        max_value=0.9,
        help_text=_("Share of the rated items that only the evaluation sees."),
    )
    seed = forms.IntegerField(label=_("Seed"), initial=0, min_value=0, max_value=2**31 - 1)

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
