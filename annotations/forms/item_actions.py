"""What an action on many items is told, and which items it is meant for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.choices import FlagReason, GoldUse
from annotations.forms.disputes import FLAG_REASONS
from annotations.forms.quality import GOLD_USES
from annotations.forms.review import LONGEST_NOTE
from annotations.models import Project, Rater, User
from annotations.services.bulk import ACTIONS, BulkValues, Need
from annotations.services.raters import rater_of

MOST_TICKED = 1_000


def ticked(data: QueryDict) -> tuple[int, ...]:
    """Ids of the items that were ticked one by one."""
    return tuple(int(part) for part in data.getlist("item")[:MOST_TICKED] if part.isdecimal() and len(part) < 19)


class ActionForm(forms.Form):
    """The values that an action needs, and how many items were agreed to."""

    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("People"), widget=forms.CheckboxSelectMultiple, required=False
    )
    is_split = forms.ChoiceField(
        label=_("Each item goes to"),
        choices=[("", _("all of them")), ("yes", _("one of them, in turn"))],
        required=False,
    )
    skill = forms.CharField(
        label=_("Skill"),
        max_length=120,
        required=False,
        help_text=_("As people have it; empty: none is needed."),
    )
    reason = forms.ChoiceField(label=_("What is the matter"), choices=tuple(FLAG_REASONS.items()))
    note = forms.CharField(label=_("Note"), required=False, max_length=LONGEST_NOTE)
    use = forms.ChoiceField(label=_("Used as"), choices=GOLD_USES)
    n_agreed = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        data: Any = None,
        *,
        action: str,
        project: Project,
        reviewers: QuerySet[User],
        n_agreed: int | None = None,
    ) -> None:
        super().__init__(data, initial={"n_agreed": n_agreed})
        self.project = project
        needs = ACTIONS[action].needs
        if Need.PEOPLE in needs:
            people = self.fields["people"]
            people.queryset = reviewers  # type: ignore[attr-defined]
            people.label_from_instance = lambda user: user.name  # type: ignore[attr-defined]
            people.required = True
        else:
            del self.fields["people"], self.fields["is_split"]
        if Need.SKILL not in needs:
            del self.fields["skill"]
        if Need.FLAG not in needs:
            del self.fields["reason"], self.fields["note"]
        if Need.GOLD_USE not in needs:
            del self.fields["use"]

    def values(self) -> BulkValues:
        given = self.cleaned_data
        raters: tuple[Rater, ...] = tuple(
            rater_of(project=self.project, user=user) for user in given.get("people") or ()
        )
        reason, use = given.get("reason"), given.get("use")
        return BulkValues(
            raters=raters,
            is_split=bool(given.get("is_split")),
            skill=(given.get("skill") or "").strip(),
            reason=FlagReason(reason) if reason else None,
            note=(given.get("note") or "").strip(),
            use=GoldUse(use) if use else None,
        )


class SavedViewForm(forms.Form):
    name = forms.CharField(max_length=80, label=_("Name"))
    is_shared = forms.BooleanField(required=False, label=_("All members who may see items see it"))
