"""Sending items to people, and which rows of the queue are shown."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from annotations.choices import Order
from annotations.forms.policy import ORDERS, SEEDS
from annotations.selectors.queue_rows import ItemStanding, RowFilter, Stuck, TurnStanding

STANDINGS: Final = {
    ItemStanding.WAITING: _("waiting"),
    ItemStanding.IN_HAND: _("in hand"),
    ItemStanding.STUCK: _("stuck"),
    ItemStanding.COMPLETE: _("complete"),
    TurnStanding.LEASED: _("leased now"),
    TurnStanding.OVERDUE: _("past their time"),
    TurnStanding.DONE: _("done"),
    TurnStanding.SKIPPED: _("skipped"),
    TurnStanding.EXPIRED: _("given back"),
}
REASONS: Final[dict[str, Any]] = {
    Stuck.OVERDUE: _("held past its time"),
    Stuck.NO_SKILL: _("nobody has the skill"),
    Stuck.NOBODY_RESERVED: _("reserved for people who get no items"),
}


class DrawForm(forms.Form):
    which = forms.ChoiceField(
        label=_("Which items"),
        choices=[("sample", _("A sample")), ("all", _("All items"))],
        widget=forms.RadioSelect,
        initial="sample",
    )
    n = forms.IntegerField(
        label=_("Size of the sample"),
        required=False,
        min_value=1,
        help_text=_("The chance of each item to be drawn is stored with it."),
    )
    order = forms.ChoiceField(
        label=_("What is drawn first"),
        required=False,
        choices=[("", _("As the policy says")), *((order.value, words) for order, words in ORDERS.items())],
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=SEEDS,
        help_text=_(
            "Empty for the policy’s. The same seed draws the same items, a larger random sample adds to a smaller."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("which") == "sample" and values.get("n") is None and "n" not in self.errors:
            self.add_error("n", now_in_words("Say how many items to draw."))
        return values

    def wanted(self) -> dict[str, Any]:
        """Arguments of `queue_items`."""
        values = self.cleaned_data
        return {
            "n": values["n"] if values["which"] == "sample" else None,
            "order": Order(values["order"]) if values["order"] else None,
            "seed": values["seed"],
        }


class RowsForm(forms.Form):
    """What stands in the address of the rows of the queue; what is no such thing counts as left out."""

    items = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in ItemStanding])
    turns = forms.ChoiceField(
        required=False, choices=[("all", "all"), *((one.value, one.value) for one in TurnStanding)]
    )
    slice = forms.CharField(required=False)
    person = forms.IntegerField(required=False)
    draw = forms.IntegerField(required=False)
    after = forms.IntegerField(required=False)

    def wanted(self) -> RowFilter:
        values = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        name, equals, value = values.get("slice", "").partition("=")
        standing: ItemStanding | TurnStanding | None = None
        if values.get("turns") in {*TurnStanding}:
            standing = TurnStanding(values["turns"])
        elif values.get("items"):
            standing = ItemStanding(values["items"])
        return RowFilter(
            standing=standing,
            slice=(name, value) if name and equals else None,
            rater_id=values.get("person"),
            draw_id=values.get("draw"),
        )

    @property
    def is_of_turns(self) -> bool:
        return bool(self.cleaned_data.get("turns"))
