"""The filter of the list of items, as it stands in an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.agreement import PairAnswer
from annotations.choices import GoldUse, Outcome, RaterKind
from annotations.forms.quality import GOLD_USES
from annotations.models import Project, Rater
from annotations.selectors.item_filters import CellFilter, ItemFilter
from annotations.selectors.items import SORTS, Sort, slice_values

ANY: Final = [("", _("any"))]
YES_NO: Final = {"yes": True, "no": False}
RATERS_ARE_LISTED_TO: Final = 500
BATCHES_ARE_LISTED_TO: Final = 100
CELL_FIELDS: Final = ("criterion", "judge", "judge_level", "people_level", "paired")


def _yes_or_no(label: Any, yes: Any, no: Any) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, label=label, choices=[*ANY, ("yes", yes), ("no", no)])


@dataclass(frozen=True)
class Chip:
    """One part of the filter in words, and the filter without it."""

    name: str
    value: str
    query: str


@dataclass(frozen=True)
class SliceChoice:
    """The values of one slice; `chosen` of them are in the filter."""

    name: str
    values: tuple[str, ...]
    chosen: tuple[str, ...]


class ItemFilterForm(forms.Form):
    """Reads the query of an address; a field with a fault counts as left empty."""

    text = forms.CharField(
        required=False, label=_("Text or id"), max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    queue = forms.ChoiceField(
        required=False,
        label=_("Queue"),
        choices=[
            *ANY, ("open", _("waiting")), ("leased", _("in hand")), ("done", _("done")), ("skipped", _("skipped")),
            ("stuck", _("stuck")), ("full", _("no place free")), ("none", _("not queued")),
        ],
    )  # fmt: skip
    batch = forms.ChoiceField(required=False, label=_("Import"))
    people = _yes_or_no(_("People"), _("judged"), _("not judged"))
    answered_by = forms.ChoiceField(required=False, label=_("Answered by"))
    people_differ = _yes_or_no(_("People differ"), _("yes"), _("no"))
    verdict_by = forms.ChoiceField(required=False, label=_("Judge"))
    outcome = forms.ChoiceField(
        required=False,
        label=_("Its verdict"),
        choices=[
            *ANY, ("pass", _("pass")), ("fail", _("fail")), *((value.value, value.value) for value in Outcome),
            ("none", _("none")),
        ],
    )  # fmt: skip
    judge_differs = _yes_or_no(_("Judge and people differ"), _("yes"), _("no"))
    gold = _yes_or_no(_("Gold"), _("known"), _("not known"))
    gold_use = forms.ChoiceField(required=False, label=_("Gold is used as"), choices=[*ANY, *GOLD_USES])
    flagged = _yes_or_no(_("Open flags"), _("some"), _("none"))
    reserved_for = forms.ChoiceField(required=False, label=_("Reserved for"))
    urgent = _yes_or_no(_("Urgent"), _("yes"), _("no"))
    skill = forms.CharField(required=False, label=_("Skill"), max_length=120)
    first = forms.IntegerField(required=False, label=_("Queue from"), min_value=0, max_value=2**62)
    last = forms.IntegerField(required=False, label=_("Queue to"), min_value=0, max_value=2**62)
    sort = forms.ChoiceField(
        required=False,
        label=_("Order"),
        choices=[
            ("", _("id, ascending")), ("-id", _("id, descending")), ("place", _("queue, first to last")),
            ("-place", _("queue, last to first")),
        ],
    )  # fmt: skip
    # behind a figure of the agreement page
    criterion = forms.CharField(required=False, widget=forms.HiddenInput)
    judge = forms.IntegerField(required=False, widget=forms.HiddenInput)
    judge_level = forms.RegexField(r"^(\d+|unread)$", required=False, widget=forms.HiddenInput)
    people_level = forms.IntegerField(required=False, widget=forms.HiddenInput)
    paired = forms.ChoiceField(
        required=False, choices=[(answer, answer) for answer in PairAnswer], widget=forms.HiddenInput
    )
    after = forms.CharField(required=False, widget=forms.HiddenInput)
    before = forms.CharField(required=False, widget=forms.HiddenInput)

    FIRST: Final = ("text", "queue", "sort")
    MORE: Final = (
        "batch", "people", "answered_by", "people_differ", "verdict_by", "outcome", "judge_differs", "gold",
        "gold_use", "flagged", "reserved_for", "urgent", "skill", "first", "last",
    )  # fmt: skip

    def __init__(self, data: QueryDict, *, project: Project) -> None:
        super().__init__(data)
        self.query_data = data
        known: dict[str, list[str]] = {}
        for name, value in slice_values(project):
            known.setdefault(name, []).append(value)
        self._slices = known
        raters = list(
            Rater.objects.filter(project=project)
            .order_by("name")
            .values_list("pk", "kind", "name")[:RATERS_ARE_LISTED_TO]
        )
        people = [(str(pk), name) for pk, kind, name in raters if kind != RaterKind.JUDGE]
        judges = [(str(pk), name) for pk, kind, name in raters if kind == RaterKind.JUDGE]
        newest = project.batches.order_by("-pk").values_list("pk", "source_name")
        batches = [(str(pk), name) for pk, name in newest[:BATCHES_ARE_LISTED_TO]]
        self._choose("batch", batches)
        self._choose("answered_by", people)
        self._choose("verdict_by", judges)
        self._choose("reserved_for", [("0", _("somebody")), *people])
        self.is_valid()

    def wanted(self) -> ItemFilter:
        values = self.cleaned_data
        return ItemFilter(
            text=values.get("text", "").strip(),
            slices=tuple(self._chosen_slices()),
            batch_id=_number(values.get("batch")),
            queue=values.get("queue") or None,
            first=values.get("first"),
            last=values.get("last"),
            skill=values.get("skill", ""),
            is_urgent=YES_NO.get(values.get("urgent", "")),
            reserved_for=_number(values.get("reserved_for")),
            has_people=YES_NO.get(values.get("people", "")),
            answered_by=_number(values.get("answered_by")),
            verdict_by=_number(values.get("verdict_by")),
            outcome=values.get("outcome") or None,
            people_differ=YES_NO.get(values.get("people_differ", "")),
            judge_differs=YES_NO.get(values.get("judge_differs", "")),
            has_gold=YES_NO.get(values.get("gold", "")),
            gold_use=GoldUse(values["gold_use"]) if values.get("gold_use") else None,
            is_flagged=YES_NO.get(values.get("flagged", "")),
            cell=self._cell(),
        )

    @property
    def order(self) -> Sort:
        chosen = self.cleaned_data.get("sort", "")
        return chosen if chosen in SORTS else "id"

    @property
    def query(self) -> str:
        """The filter and the order as they stand in an address, without a place, always in the same way."""
        return urlencode(self.pairs())

    def chips(self) -> list[Chip]:
        """What the filter says, part by part; the order and what is behind a figure are none."""
        pairs = self.pairs()
        return [
            Chip(
                name=part.partition("=")[0] if name == "slice" else str(self.fields[name].label),
                value=part.partition("=")[2] if name == "slice" else self._words(name, part),
                query=urlencode(pairs[:at] + pairs[at + 1 :]),
            )
            for at, (name, part) in enumerate(pairs)
            if name != "sort" and name not in CELL_FIELDS
        ]

    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    def slice_choices(self) -> list[SliceChoice]:
        chosen: dict[str, list[str]] = {}
        for name, value in self._chosen_slices():
            chosen.setdefault(name, []).append(value)
        names = dict.fromkeys((*self._slices, *chosen))
        return [
            SliceChoice(
                name,
                values=tuple(dict.fromkeys((*self._slices.get(name, ()), *chosen.get(name, ())))),
                chosen=tuple(chosen.get(name, ())),
            )
            for name in names
        ]

    def uses_more(self) -> bool:
        return any(self.cleaned_data.get(name) not in (None, "") for name in self.MORE)

    def cell_fields(self) -> list[forms.BoundField]:
        """The hidden fields to keep when the visible ones are changed."""
        return [self[name] for name in CELL_FIELDS if self.cleaned_data.get(name) not in (None, "")]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = [*ANY, *choices]  # type: ignore[attr-defined]

    def _words(self, name: str, value: str) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value))

    def _chosen_slices(self) -> list[tuple[str, str]]:
        parts = (part.partition("=") for part in dict.fromkeys(self.query_data.getlist("slice")))
        return [(name, value) for name, _, value in parts if name and "\x00" not in name + value]

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the filter and the order, as `query` has them."""
        values = self.cleaned_data
        pairs = [("slice", f"{name}={value}") for name, value in self._chosen_slices()]
        names = [name for name in self.fields if name not in ("after", "before")]
        return [*pairs, *((name, str(values[name]).strip()) for name in names if values.get(name) not in (None, ""))]

    def _cell(self) -> CellFilter | None:
        values = self.cleaned_data
        if not values.get("criterion"):
            return None
        level = values.get("judge_level", "")
        return CellFilter(
            criterion=values["criterion"],
            judge=values.get("judge"),
            judge_level=int(level) if level.isdigit() else "unread" if level else None,
            people_level=values.get("people_level"),
            pairs=PairAnswer(values["paired"]) if values.get("paired") else None,
        )


def _number(value: str | None) -> int | None:
    return int(value) if value else None
