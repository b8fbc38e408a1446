"""What can be done with many items at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotations.choices import Purpose, QueueState
from annotations.models import Assignment, Item, Project, QueuedItem, User
from annotations.models.chores import QUEUE
from annotations.models.review import TAKES_A_PLACE
from annotations.selectors.gold import can_be_gold
from annotations.services.bulk.values import BulkValues, Need
from annotations.services.gold import use_as_gold
from annotations.services.reservations import release_items, reserve_items
from annotations.services.threads import flag_items

MOST_OVERLAP: Final = 50
URGENT: Final = 1


class Action(StrEnum):
    QUEUE = QUEUE
    URGENT = "urgent"
    NOT_URGENT = "not_urgent"
    AGAIN = "again"
    RESERVE = "reserve"
    RELEASE = "release"
    SKILL = "skill"
    UNQUEUE = "unqueue"
    FLAG = "flag"
    GOLD = "gold"


@dataclass(frozen=True)
class Part:
    """Some of the items that an action is done with.

    Attributes:
        item_ids: of the project, in the order of the queue; what is not in it comes last.
        user: who asked for it.
        n_before: items that were changed in the parts before.
    """

    project: Project
    item_ids: list[int]
    values: BulkValues
    user: User
    n_before: int = 0


@dataclass(frozen=True)
class BulkAction:
    """A change that can be made to many items.

    Attributes:
        label: the verb on its button.
        effect: what happens to the items, for the page that asks whether to do it.
        leaves_out: which items it leaves as they are; empty if none.
        fits: of some items those that it changes, as far as that can be said before.
        run: changes items in the caller's transaction, those left as they are that it does not fit by now; gives how
            many it changed. None of the one that is a draw, over all of the items at once.
    """

    label: str | Promise
    effect: str | Promise
    leaves_out: str | Promise
    fits: Callable[[Project, QuerySet[Item]], QuerySet[Item]]
    run: Callable[[Part], int] | None
    needs: tuple[Need, ...] = ()


def _make_urgent(part: Part) -> int:
    return _locked(part).filter(urgency=0).update(urgency=URGENT)


def _make_ordinary(part: Part) -> int:
    return _locked(part).filter(urgency__gt=0).update(urgency=0)


def _ask_again(part: Part) -> int:
    """A place more is a place free, whoever has the others."""
    wanted = _locked(part).filter(is_reserved=False, overlap__lt=MOST_OVERLAP)
    return wanted.update(overlap=F("overlap") + 1, state=QueueState.OPEN)


def _reserve(part: Part) -> int:
    values = part.values
    return reserve_items(
        project=part.project,
        item_ids=part.item_ids,
        raters=values.raters,
        is_split=values.is_split,
        n_before=part.n_before,
    ).n_items


def _release(part: Part) -> int:
    return release_items(project=part.project, item_ids=part.item_ids)


def _set_skill(part: Part) -> int:
    return _locked(part).exclude(skill=part.values.skill).update(skill=part.values.skill)


def _take_out(part: Part) -> int:
    untouched = _locked(part).filter(~Exists(_turns("item_id")))
    n_out = untouched.count()
    untouched.delete()
    return n_out


def _flag(part: Part) -> int:
    assert part.values.reason is not None, "a need"  # noqa: S101
    return flag_items(
        project=part.project,
        item_ids=part.item_ids,
        user=part.user,
        reason=part.values.reason,
        note=part.values.note,
    )


def _use_as_gold(part: Part) -> int:
    assert part.values.use is not None, "a need"  # noqa: S101
    return use_as_gold(project=part.project, item_ids=part.item_ids, use=part.values.use)


def _locked(part: Part) -> QuerySet[QueuedItem]:
    """Rows of the queue, locked in the order in which everybody locks them until the transaction ends."""
    rows = QueuedItem.objects.filter(pk__in=part.item_ids).order_by("position").select_for_update()
    return QueuedItem.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))


def _turns(item: str) -> QuerySet[Assignment]:
    return Assignment.objects.filter(item_id=OuterRef(item), purpose=Purpose.WORK, status__in=TAKES_A_PLACE)


ACTIONS: Final[dict[str, BulkAction]] = {
    Action.QUEUE: BulkAction(
        label=_("Send to the queue"),
        effect=_("People are asked about these items, in random order, under the current review policy."),
        leaves_out=_("items that are in the queue already"),
        fits=lambda _, items: items.filter(queued__isnull=True),
        run=None,
    ),
    Action.URGENT: BulkAction(
        label=_("Make urgent"),
        effect=_("These items are asked before all that is not urgent."),
        leaves_out=_("items that are not in the queue, or are urgent already"),
        fits=lambda _, items: items.filter(queued__urgency=0),
        run=_make_urgent,
    ),
    Action.NOT_URGENT: BulkAction(
        label=_("Make not urgent"),
        effect=_("These items are asked when their turn in the queue comes."),
        leaves_out=_("items that are not urgent"),
        fits=lambda _, items: items.filter(queued__urgency__gt=0),
        run=_make_ordinary,
    ),
    Action.AGAIN: BulkAction(
        label=_("Ask one more person"),
        effect=_("Each of these items is asked of one more person, who has not had it; all answers stay."),
        leaves_out=_("items that are not in the queue, or are reserved: reserve those for one more person"),
        fits=lambda _, items: items.filter(queued__is_reserved=False, queued__overlap__lt=MOST_OVERLAP),
        run=_ask_again,
    ),
    Action.RESERVE: BulkAction(
        label=_("Reserve for people"),
        effect=_("Only the people named are asked, before all else. Reservations that nobody took are replaced."),
        leaves_out=_("items that are not in the queue, or that the people named have had"),
        fits=lambda _, items: items.filter(queued__isnull=False),
        run=_reserve,
        needs=(Need.PEOPLE,),
    ),
    Action.RELEASE: BulkAction(
        label=_("Give back to everybody"),
        effect=_("Everybody may be asked about these items again, as many people as the policy says."),
        leaves_out=_("items that are not reserved"),
        fits=lambda _, items: items.filter(queued__is_reserved=True),
        run=_release,
    ),
    Action.SKILL: BulkAction(
        label=_("Set the skill"),
        effect=_("Only people who have the skill are asked about these items; with none, everybody is."),
        leaves_out=_("items that are not in the queue, or ask for this skill already"),
        fits=lambda _, items: items.filter(queued__isnull=False),
        run=_set_skill,
        needs=(Need.SKILL,),
    ),
    Action.UNQUEUE: BulkAction(
        label=_("Take out of the queue"),
        effect=_("Nobody is asked about these items any more. Nothing that was said of them is lost."),
        leaves_out=_("items that are not in the queue, and items that somebody holds or has answered"),
        fits=lambda _, items: items.filter(~Exists(_turns("pk")), queued__isnull=False),
        run=_take_out,
    ),
    Action.FLAG: BulkAction(
        label=_("Flag"),
        effect=_("The leads are told that something is the matter with these items; they find them under “Flags”."),
        leaves_out=_("items that you have flagged already"),
        fits=lambda _, items: items,
        run=_flag,
        needs=(Need.FLAG,),
    ),
    Action.GOLD: BulkAction(
        label=_("Use as gold"),
        effect=_(
            "Gold among these items is used so from now on. The others become gold by their ruling, or where two "
            "people or more answered blind and all alike."
        ),
        leaves_out=_("items with neither a ruling nor firm consensus, with gold that was retired, or used so already"),
        fits=can_be_gold,
        run=_use_as_gold,
        needs=(Need.GOLD_USE,),
    ),
}
