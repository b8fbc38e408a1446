"""Doing one thing with many items, in chunks, and saying what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.errors import BulkActionError
from annotations.models import Item, Project
from annotations.services.bulk.actions import ACTIONS, BulkAction, BulkValues, Need

CHUNK: Final = 5_000


@dataclass(frozen=True)
class BulkPlan:
    """What an action would do now: of `n_chosen` items it fits `n_fitting`."""

    n_chosen: int
    n_fitting: int

    @property
    def n_left_out(self) -> int:
        return self.n_chosen - self.n_fitting


@dataclass(frozen=True)
class BulkResult:
    """What an action did: of `n_chosen` items it changed `n_changed`."""

    n_chosen: int
    n_changed: int

    @property
    def n_left_out(self) -> int:
        return self.n_chosen - self.n_changed


def plan_action(*, action: str, project: Project, items: QuerySet[Item]) -> BulkPlan:
    """Count what `run_action` would change; nothing is changed.

    Raises: BulkActionError, if there is no such action.
    """
    chosen = items.filter(project=project)
    return BulkPlan(n_chosen=chosen.count(), n_fitting=_action(action).fits(project, chosen).count())


def run_action(
    *,
    action: str,
    project: Project,
    items: QuerySet[Item],
    values: BulkValues | None = None,
    n_agreed: int | None = None,
) -> BulkResult:
    """Do it with all of the items that it fits, a chunk a transaction, in a number of statements that a chunk bounds.

    Args:
        items: items of other projects are left out.
        n_agreed: how many items were to change when somebody agreed; None to take them as they are.
    Raises:
        BulkActionError: there is no such action, a value is missing, or other than `n_agreed` items would change.
        ReservationError: as in `reserve_items`.
    """
    chosen, doing, values = items.filter(project=project), _action(action), values or BulkValues()
    for need in doing.needs:
        if values.lacks(need):
            raise BulkActionError(_expected(need))
    n_chosen = chosen.count()
    ids = list(doing.fits(project, chosen).order_by("pk").values_list("pk", flat=True))
    if n_agreed is not None and len(ids) != n_agreed:
        raise BulkActionError(
            _("%(agreed)d items were to change, and it would be %(now)d by now; nothing was done, look again")
            % {"agreed": n_agreed, "now": len(ids)}
        )
    step = (len(ids) or 1) if doing.is_whole else CHUNK
    n_changed = sum(doing.run(project, ids[start : start + step], values) for start in range(0, len(ids), step))
    return BulkResult(n_chosen=n_chosen, n_changed=n_changed)


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
