"""The keys of the review page: what each action is bound to, and which bindings cannot be.

Levels have the digits, and a comparison the letters of its levels; nobody can bind those that carry a page: Enter,
Escape, Tab, Space and the arrows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotations.models import User
from annotations.services.keys import bind_keys

DEFAULT_KEYS: Final = {
    "all_pass": "a",
    "skip": "s",
    "flag": "f",
    "undo": "z",
    "note": "n",
    "highlight": "h",
    "definition": "d",
    "compare": "j",
    "keep": "k",
    "revise": "r",
    "search": "/",
    "marks": "m",
    "guidelines": "g",
    "keys": "?",
}

ACTIONS: Final[dict[str, Promise | str]] = {
    "all_pass": _("all pass"),
    "skip": _("skip, with a reason"),
    "flag": _("flag the item for a lead, and go on with it"),
    "undo": _("go back to your last answer, up to ten"),
    "note": _("write a note"),
    "highlight": _("mark the selected words as those that decided"),
    "definition": _("definition of the marked criterion"),
    "compare": _("how judges saw the item you have just sent"),
    "keep": _("keep your answer after the comparison"),
    "revise": _("revise your answer after the comparison"),
    "search": _("search the evidence"),
    "marks": _("show or hide the words that stand in both places"),
    "guidelines": _("guidelines"),
    "keys": _("these keys"),
}


def keys_of(own: Mapping[str, str]) -> dict[str, str]:
    """Key by action: the person's own bindings over the usual ones."""
    return {action: own.get(action, key) for action, key in DEFAULT_KEYS.items()}


class KeysForm(forms.Form):
    """A key for each action, and when a choice submits."""

    submits_alone = forms.TypedChoiceField(
        label=_("The choice of the last open criterion submits"),
        choices=[("", _("where the rubric has one criterion")), ("yes", _("always")), ("no", _("never"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )

    def __init__(self, user: User, data: Mapping[str, Any] | None = None) -> None:
        self.user = user
        choice = {None: "", True: "yes", False: "no"}[user.submits_alone]
        super().__init__(data, initial={**keys_of(user.review_keys), "submits_alone": choice})
        for action, words in ACTIONS.items():
            self.fields[action] = forms.CharField(
                label=str(words).capitalize(),
                max_length=1,
                widget=forms.TextInput(attrs={"size": 2, "autocomplete": "off", "autocapitalize": "none"}),
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        keys = {action: values[action].lower() for action in ACTIONS if values.get(action)}
        for action, key in keys.items():
            fault = _fault_of(action, key, keys)
            if fault:
                self.add_error(action, fault)
        return {**values, **keys}

    def save(self) -> None:
        bound = {action: self.cleaned_data[action] for action in DEFAULT_KEYS}
        own = {action: key for action, key in bound.items() if key != DEFAULT_KEYS[action]}
        bind_keys(user=self.user, keys=own, submits_alone=self.cleaned_data["submits_alone"])


def _fault_of(action: str, key: str, keys: Mapping[str, str]) -> str:
    """Why the key of an action cannot be so; empty if it can."""
    if not key.isprintable() or key.isspace():
        return gettext("Expected one character that can be typed.")
    if key.isdigit():
        return gettext("The digits choose levels.")
    other = next((name for name, bound in keys.items() if bound == key and name != action), None)
    if other is None:
        return ""
    return gettext("“%(key)s” stands for “%(other)s” too.") % {"key": key, "other": ACTIONS[other]}
