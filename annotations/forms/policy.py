"""The policy of a project, every setting of it, in words for a lead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from annotations.allocation import MOST_OVERLAP, POLICY_FIELDS, PolicySettings
from annotations.choices import Order
from annotations.errors import PolicyError
from annotations.models import Project
from annotations.selectors.items import slice_values
from annotations.wording import say

SEEDS: Final = 2**63 - 1

ORDERS: Final = {
    Order.RANDOM: _("Random: all are as likely"),
    Order.GIVEN: _("As imported: all are as likely"),
    Order.PRIORITY: _("Priority: slice “priority”, highest first"),
    Order.UNCERTAINTY: _("Uncertainty: the newest judge is unsure"),
    Order.DISAGREEMENT: _("Disagreement: judges differ"),
    Order.COVERAGE: _("Coverage: slices with fewest answers"),
}


@dataclass(frozen=True)
class FieldGroup:
    """Settings that belong together on the page."""

    key: str
    title: str
    words: str
    fields: list[forms.BoundField]


class PercentField(forms.FloatField):
    """A share, shown and typed in percent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, widget=forms.NumberInput(attrs={"step": "any"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{round(value * 100, 8):g}" if isinstance(value, (int, float)) else value

    def clean(self, value: Any) -> float | None:
        percent: float | None = super().clean(value)
        return None if percent is None else round(percent / 100, 10)


class MinutesField(forms.FloatField):
    """Seconds, shown and typed in minutes."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 60:g}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        return round(super().clean(value) * 60)


class PolicyForm(forms.Form):
    """One field for each setting, under the setting's name; see `PolicySettings`."""

    order = forms.ChoiceField(
        label=_("What is drawn first"),
        choices=[(order.value, words) for order, words in ORDERS.items()],
        help_text=_("Which items a sample prefers. People are asked in random order, but as imported or by priority."),
    )
    uniform_share = PercentField(
        label=_("Drawn evenly, in %"),
        help_text=_("Of a sample that prefers some items, the part in which all are as likely: estimates need it."),
    )
    slice_key = forms.ChoiceField(
        label=_("Slice"), required=False, help_text=_("Its values are counted, covered, and have the floor below.")
    )
    slice_least = forms.IntegerField(
        label=_("At least of each value"),
        min_value=0,
        help_text=_(
            "Items of every slice value in each sample; the rest is divided by size and spread. 0 for no floor."
        ),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=SEEDS,
        help_text=_("Of every lot under this policy. The same seed draws the same again."),
    )
    overlap = forms.IntegerField(
        label=_("People for each item"),
        min_value=1,
        max_value=MOST_OVERLAP,
        help_text=_("Different annotators who answer it. Agreement between people needs two or more on some items."),
    )
    more_overlap = forms.IntegerField(
        label=_("People for some items"),
        required=False,
        min_value=2,
        max_value=MOST_OVERLAP,
        help_text=_("For a share of the items, drawn by lot; empty for none."),
    )
    more_overlap_share = PercentField(label=_("Share of these items, in %"))
    most_overlap = forms.IntegerField(
        label=_("People at most where they differ"),
        required=False,
        min_value=2,
        max_value=MOST_OVERLAP,
        help_text=_("One more is asked where answers differ, up to so many; empty for never."),
    )
    lease_s = MinutesField(
        label=_("Minutes an item is held"),
        min_value=1,
        max_value=1440,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Then it goes to somebody else."),
    )
    daily_target = forms.IntegerField(
        label=_("Items a day"),
        required=False,
        min_value=1,
        help_text=_("Asked of each annotator; empty for no target."),
    )
    skill_slice = forms.ChoiceField(
        label=_("Skill by slice"),
        required=False,
        help_text=_("Only annotators who have the item’s value as a skill get it; those without a value go to all."),
    )
    may_skip = forms.BooleanField(
        label=_("Annotators may skip items"), required=False, help_text=_("With a reason; the item goes to another.")
    )
    blind_share = PercentField(label=_("Blind, in %"), help_text=_("Nothing of a judge is ever shown."))
    reveal_share = PercentField(
        label=_("Reveal after, in %"), help_text=_("The verdicts are shown once the answer is stored.")
    )
    assist_share = PercentField(
        label=_("Assist, in %"),
        help_text=_("A verdict stands beside the item; the answer is kept out of measurements."),
    )
    challenge_share = PercentField(
        label=_("Challenge, in %"),
        help_text=_(
            "A verdict known to be wrong is shown, and disclosed afterwards; only on items with a known answer."
        ),
    )
    gold_share = PercentField(
        label=_("Gold before an item, in %"), help_text=_("How often an item with a known answer is mixed in, unseen.")
    )
    gold_feedback = forms.BooleanField(label=_("Show the known answer right after gold"), required=False)
    shows_gold_accuracy = forms.BooleanField(label=_("Show annotators their own accuracy on gold"), required=False)
    gold_acceptable = PercentField(
        label=_("Accuracy that is good, in %"), help_text=_("On gold; who is as good goes on undisturbed.")
    )
    gold_bad = PercentField(label=_("Accuracy that pauses, in %"), help_text=_("On gold; who is as bad is paused."))
    gold_error = PercentField(
        label=_("Chance of a mistake, in %"), help_text=_("Of pausing a good annotator, and of missing a bad one.")
    )
    training_pass = PercentField(
        label=_("Training items to get right, in %"),
        required=False,
        help_text=_("Before work begins; empty for no training."),
    )

    settings: PolicySettings | None = None

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        current = project.current_policy().settings()
        super().__init__(*args, **{**kwargs, "initial": asdict(current)})
        names = sorted(
            {name for name, _value in slice_values(project)} | {current.slice_key, current.skill_slice} - {""}
        )
        for field in ("slice_key", "skill_slice"):
            self.fields[field].choices = [("", _("none")), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Leaves the settings in `settings`, or says at the field of the setting what is wrong with it."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if (come_to := self.mode_sum()) != 100:
            words = now_in_words("They come to %(sum)s %%; blind, reveal, assist and challenge must come to 100 %%.")
            self.add_error("blind_share", words % {"sum": f"{come_to:g}"})
            return cleaned
        try:
            self.settings = PolicySettings(
                **{**{name: cleaned[name] for name in POLICY_FIELDS}, "order": Order(cleaned["order"])}
            )
        except PolicyError as err:
            words = say(err.fault)
            self.add_error(err.setting, words[:1].upper() + words[1:])
        return cleaned

    def groups(self) -> list[FieldGroup]:
        return [
            FieldGroup(key, str(title), str(words), [self[name] for name in names])
            for key, title, words, names in GROUPS
        ]

    @property
    def n_errors(self) -> int:
        return len(self.errors)

    def mode_sum(self) -> float | None:
        """Of the shares as typed, in percent; None if one of them is no number."""
        try:
            return round(sum(float(self[f"{mode}_share"].value()) for mode in MODES), 8)
        except (TypeError, ValueError):
            return None


MODES: Final = ("blind", "reveal", "assist", "challenge")
GROUPS: Final = (
    ("drawing", _("Which items"), _("How a sample of the items is drawn when you send some to the queue."),
     ("order", "uniform_share", "slice_key", "slice_least", "seed")),
    ("people", _("How many people"), _("An item is never given to more people than this, nor to one person twice."),
     ("overlap", "more_overlap", "more_overlap_share", "most_overlap")),
    ("turns", _("Who gets it, and for how long"),
     _("Of items that are sent to the queue from now on, and of turns that begin."),
     ("lease_s", "daily_target", "skill_slice", "may_skip")),
    ("modes", _("What is shown of judges"),
     _("Each turn has one of four modes by lot, and keeps it. Only blind and revealed answers are measured."),
     ("blind_share", "reveal_share", "assist_share", "challenge_share")),
    ("gold", _("Gold"), _("Items with a known answer among the others, and the test that pauses whoever fails them."),
     ("gold_share", "gold_acceptable", "gold_bad", "gold_error", "gold_feedback", "shows_gold_accuracy")),
    ("training", _("Training"), _("Items with an explanation that come first; whoever passes may work."),
     ("training_pass",)),
)  # fmt: skip
"""Key, title, words and settings of each group on the page."""


class PreviewForm(forms.Form):
    """Beside a `PolicyForm`: how many items the preview is of."""

    preview_n = forms.IntegerField(
        label=_("Items to draw"), required=False, min_value=1, initial=200, help_text=_("Empty for all items.")
    )


def setting_in_words(name: str, value: Any) -> str:
    """A value of a setting as its field shows it."""
    if value is None or value == "":
        return now_in_words("none")
    if isinstance(value, bool):
        return now_in_words("yes") if value else now_in_words("no")
    field = PolicyForm.base_fields[name]
    if isinstance(field, PercentField):
        return f"{field.prepare_value(value)} %"
    return str(field.prepare_value(value))


def setting_label(name: str) -> str:
    return str(PolicyForm.base_fields[name].label)
