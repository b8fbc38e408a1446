"""What an action on many items would change, and whether it can be done."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.errors import BulkActionError
from annotations.models import Item, Project
from annotations.services.bulk.actions import ACTIONS, BulkAction
from annotations.services.bulk.values import BulkValues, Need


@dataclass(frozen=True)
class BulkPlan:
    """What an action would do now: of `n_chosen` items it fits `n_fitting`."""

    n_chosen: int
    n_fitting: int

    @property
    def n_left_out(self) -> int:
        return self.n_chosen - self.n_fitting


def plan_action(*, action: str, project: Project, items: QuerySet[Item]) -> BulkPlan:
    """Count what the action would change; nothing is changed.

    Raises: BulkActionError, if there is no such action.
    """
    chosen = items.filter(project=project)
    return BulkPlan(n_chosen=chosen.count(), n_fitting=_action(action).fits(project, chosen).count())


def checked_action(action: str, values: BulkValues) -> BulkAction:
    """The action of that name, if it is told all that it needs.

    Raises: BulkActionError, if there is no such action or a value is missing.
    """
    doing = _action(action)
    for need in doing.needs:
        if values.lacks(need):
            raise BulkActionError(_expected(need))
    return doing


def _action(key: str) -> BulkAction:
    if key not in ACTIONS:
        raise BulkActionError(_("expected one of %(known)s, got “%(key)s”") % {"known": ", ".join(ACTIONS), "key": key})
    return ACTIONS[key]


def _expected(need: Need) -> str:
    """What was to be said and was not; a skill is never lacking."""
    if need is Need.PEOPLE:
        return _("expected the people that the items are for, got nobody")
    if need is Need.FLAG:
        return _("expected who flags the items and why, got no reason")
    return _("expected what the gold is used for, got no use")
