"""Starting and changing runs on their pages."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotations.choices import BatchKind, Outcome
from annotations.models import Batch, Project
from annotations.selectors.items import slice_values
from models_llm.choices import Which
from models_llm.models import JudgeVersion, Run
from models_llm.selectors.judges import runnable_versions
from models_llm.selectors.selection import Selection
from models_llm.services.runs import UNRATED, Limits, limits_of

WHICH = {
    Which.MISSING: _("those it has not judged"),
    Which.UNRATED: _("those whose verdict has no rating"),
    Which.ALL: _("all, also those it has judged"),
}
HIGHEST_PRIORITY = 100


class LimitsForm(forms.Form):
    priority = forms.IntegerField(
        label=_("Priority"),
        initial=0,
        required=False,
        min_value=-HIGHEST_PRIORITY,
        max_value=HIGHEST_PRIORITY,
        help_text=_("Of runs that share workers, the higher goes first."),
    )
    most_tokens = forms.IntegerField(label=_("Tokens at most"), required=False, min_value=1)
    most_cost = forms.FloatField(label=_("Cost at most"), required=False, min_value=0)
    most_gpu_s = forms.FloatField(label=_("GPU-seconds at most"), required=False, min_value=0)

    @classmethod
    def of(cls, run: Run) -> LimitsForm:
        limits = limits_of(run)
        return cls(initial={name: getattr(limits, name) for name in cls.base_fields})

    def limits(self) -> Limits:
        given = {name: self.cleaned_data[name] for name in LimitsForm.base_fields}
        return Limits(**{**given, "priority": given["priority"] or 0})


class RunForm(LimitsForm):
    version = forms.ModelChoiceField(JudgeVersion.objects.none(), label=_("Judge"), empty_label=None)
    which = forms.ChoiceField(
        label=_("Items"),
        choices=[(which.value, words) for which, words in WHICH.items()],
        initial=Which.MISSING.value,
    )
    batch = forms.ModelChoiceField(
        Batch.objects.none(), label=_("Only of the import"), required=False, empty_label=_("any import")
    )
    round = forms.TypedChoiceField(label=_("Only of the round"), required=False, coerce=int, empty_value=None)
    limit = forms.IntegerField(
        required=False, min_value=1, label=_("Items at most"), help_text=_("Drawn by the seed. Empty: all of them.")
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        initial=0,
        help_text=_("Of the draw, and of the judge’s sampling."),
        validators=[MinValueValidator(0), MaxValueValidator(2**31 - 1)],
    )

    def __init__(self, *args: Any, project: Project, fixed: JudgeVersion | None = None, **kwargs: Any) -> None:
        """`fixed` is the version that the page around the form is about; then there is nothing to choose."""
        super().__init__(*args, **kwargs)
        version, batch = self.fields["version"], self.fields["batch"]
        assert isinstance(version, forms.ModelChoiceField)  # noqa: S101  a fact about the class above
        assert isinstance(batch, forms.ModelChoiceField)  # noqa: S101
        version.queryset = runnable_versions(project)
        if fixed is not None:
            version.initial = fixed.pk
            version.widget = forms.HiddenInput()
        batch.queryset = Batch.objects.filter(project=project, kind=BatchKind.ITEMS).order_by("-pk")
        rounds = batch.queryset.filter(round__isnull=False).order_by("round").values_list("round", flat=True).distinct()
        self.fields["round"].choices = [("", gettext("any round")), *((number, str(number)) for number in rounds)]  # type: ignore[attr-defined]
        for name, is_offered in (("batch", batch.queryset.exists()), ("round", bool(rounds))):
            if not is_offered:
                del self.fields[name]
        self._add_slices(project)

    def _add_slices(self, project: Project) -> None:
        """A field for each name of a slice: an item has one value of it."""
        self._slice_names: dict[str, str] = {}
        for number, (name, pairs) in enumerate(groupby(slice_values(project), key=itemgetter(0))):
            field = f"slice_{number}"
            self._slice_names[field] = name
            values = [(value, value) for _, value in pairs]
            self.fields[field] = forms.ChoiceField(
                label=gettext("Only %(key)s") % {"key": name}, required=False, choices=[("", gettext("any")), *values]
            )
        self.order_fields(["version", "which", *self._slice_names, "batch", "round", "limit", "seed"])

    def selection_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in LimitsForm.base_fields]

    def limit_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in LimitsForm.base_fields]

    def selection(self, *, is_trial: bool = False) -> Selection:
        said = self.cleaned_data
        batch = said.get("batch")
        return Selection(
            which=Which(said["which"]),
            slices={name: said[field] for field, name in self._slice_names.items() if said[field]},
            batch_id=batch.pk if batch else None,
            round=said.get("round"),
            limit=said["limit"],
            is_trial=is_trial,
        )


class RetryForm(forms.Form):
    outcomes = forms.TypedMultipleChoiceField(
        choices=[(outcome.value, outcome.value) for outcome in UNRATED], coerce=Outcome
    )
    item = forms.IntegerField(required=False)
