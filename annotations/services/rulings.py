"""Adjudication: disputes in the hands of one adjudicator at a time, and what they decide.

Nobody gets a dispute on which they have an answer themselves, and nobody rules on one. Locks are taken in one order:
membership, dispute.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.choices import Cause, DisputeState, GoldSource, WebhookEvent
from annotations.errors import DisputeClosedError, LeaseLostError, OwnWorkError, RulingError
from annotations.models import Assignment, Dispute, Gold, Judgement, Membership, Project, Ruling, User
from annotations.models.review import TAKES_A_PLACE
from annotations.sentences import sentence as _
from annotations.services.gold import gold_from_ruling, retire_gold
from annotations.services.webhooks import emit

LEASE: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class NewRuling:
    """What an adjudicator says of a dispute.

    Attributes:
        levels: one for each criterion.
        criterion: position of the criterion on which the guidelines are unclear; for that cause alone.
        shown: ids of the answers that stood before them.
        is_gold: whether the item is one whose ratings are known from now on.
    """

    levels: tuple[int | None, ...]
    cause: Cause
    reason: str = ""
    criterion: int | None = None
    shown: tuple[int, ...] = ()
    seconds: float | None = None
    is_gold: bool = False


def claim_dispute(*, project: Project, user: User, dispute_id: int | None = None) -> Dispute | None:
    """Give an adjudicator the dispute that they hold, or the one that waits longest.

    Args:
        dispute_id: this one and no other; what they held before is free for others then.
    Returns: the dispute with its item and rubric loaded; None where none is open to this person now.
    """
    with transaction.atomic():
        # Two tabs of one person claim one after the other.
        Membership.objects.select_for_update(no_key=True).get(project=project, user=user)
        mine = Dispute.objects.filter(project=project, holder=user)
        found = _free_for(project, user)
        if dispute_id is not None:
            found = found.filter(pk=dispute_id)
        elif mine.exists():
            found = found.filter(holder=user)
        dispute = found.order_by("waits_since", "pk").select_for_update(skip_locked=True, of=("self",)).first()
        if dispute is None and dispute_id is None and mine.exists():
            mine.update(holder=None, lease_expires_at=None)  # it became one's own work meanwhile
            return claim_dispute(project=project, user=user)
        if dispute is not None:
            _take(dispute, user)
        return dispute


def look(*, dispute: Dispute, user: User, at: Collection[str]) -> bool:
    """Note that the adjudicator had the names of the annotators, or what judges said, shown.

    Args:
        at: of “names” and “verdicts”.
    Returns: whether they hold the dispute; if not, nothing is to be shown.
    """
    held = Dispute.objects.filter(pk=dispute.pk, holder=user)
    seen = {f"saw_{what}": True for what in ("names", "verdicts") if what in at}
    if not held.update(lease_expires_at=timezone.now() + LEASE, **seen):
        return False
    for field, value in seen.items():
        setattr(dispute, field, value)
    return True


def put_back(*, dispute: Dispute, user: User) -> bool:
    """Leave a dispute to others; it waits behind all that are open now. Returns: whether the user held it."""
    held = Dispute.objects.filter(pk=dispute.pk, holder=user, state=DisputeState.OPEN)
    return bool(held.update(holder=None, lease_expires_at=None, waits_since=timezone.now()))


def rule(*, dispute: Dispute, adjudicator: User, ruling: NewRuling) -> Ruling:
    """Decide a dispute. The same ruling sent twice is stored once.

    A ruling after the lease ran out counts if nobody else took the dispute.

    Raises:
        RulingError: a criterion has no level, or the cause does not fit the criterion named.
        RubricError: a level is not of the rubric.
        DisputeClosedError: somebody has ruled on it, and otherwise, or the answers agree by now.
        LeaseLostError: it is in somebody else's hands, or was put back.
        OwnWorkError: the adjudicator has an answer on the item.
    """
    _check(dispute, ruling)
    with transaction.atomic():
        found = Dispute.objects.select_for_update().get(pk=dispute.pk)
        if found.state != DisputeState.OPEN:
            return _ruled_before(found, adjudicator, ruling)
        if found.holder_id != adjudicator.pk:
            raise LeaseLostError(
                _("expected a dispute in your hands; its lease ran out and it went on to somebody else")
            )
        if (
            _own_work(adjudicator).filter(item=found.item_id).exists()
            or _turns(adjudicator).filter(item=found.item_id).exists()
        ):
            raise OwnWorkError(_("expected an item that you have not judged; nobody rules on their own answers"))
        stored = _store(found, adjudicator, ruling)
        told = {"ruling": stored.pk, "item": stored.item_id, "levels": stored.levels, "cause": stored.cause}
        emit(WebhookEvent.RULING, found.project, told)
        Dispute.objects.filter(pk=found.pk).update(
            state=DisputeState.RULED, closed_at=stored.created_at, holder=None, lease_expires_at=None
        )
        if ruling.is_gold and not _is_imported_gold(found):
            gold_from_ruling(
                item=found.item, levels=stored.levels, rubric=found.rubric, explanation=stored.reason or None
            )
        return stored


def reopen(*, dispute: Dispute, by: User) -> None:
    """Let a ruled dispute be ruled on again. The ruling and what was made gold by it count no more.

    Raises: DisputeClosedError, if there is no ruling to take back.
    """
    now = timezone.now()
    with transaction.atomic():
        reopened = Dispute.objects.filter(pk=dispute.pk, state=DisputeState.RULED).update(
            state=DisputeState.OPEN, waits_since=now, closed_at=None, reopened_at=now, reopened_by=by,
            saw_names=False, saw_verdicts=False,
        )  # fmt: skip
        if not reopened:
            raise DisputeClosedError(_("expected a dispute that was ruled on; this one is open or was dropped"))
        Ruling.objects.live().filter(dispute=dispute).update(superseded_at=now)
        for gold in Gold.objects.filter(item=dispute.item_id, rubric=dispute.rubric_id, source=GoldSource.RULING):
            retire_gold(gold=gold)


def settle_guidelines(*, project: Project, rubric_id: int, criterion: int, by: User) -> int:
    """Mark the rulings that blame the guidelines on a criterion as dealt with. Returns: how many there were."""
    blaming = Ruling.objects.live().filter(
        dispute__project=project, rubric=rubric_id, criterion=criterion, dealt_at__isnull=True
    )
    return blaming.update(dealt_at=timezone.now(), dealt_by=by)


def _is_imported_gold(dispute: Dispute) -> bool:
    """Whether the item's ratings are known from elsewhere already, which a ruling does not overrule."""
    known = Gold.objects.filter(item=dispute.item_id, rubric=dispute.rubric_id, source=GoldSource.IMPORTED)
    return known.filter(retired_at__isnull=True).exists()


def _free_for(project: Project, user: User) -> QuerySet[Dispute]:
    """Open disputes that nobody else holds, on items that the user has neither answered nor holds."""
    free = Q(holder__isnull=True) | Q(holder=user) | Q(lease_expires_at__lte=timezone.now())
    item = OuterRef("item")
    return (
        Dispute.objects.filter(free, project=project, state=DisputeState.OPEN)
        .filter(~Exists(_own_work(user).filter(item=item)), ~Exists(_turns(user).filter(item=item)))
        .select_related("item", "rubric")
    )


def _own_work(user: User) -> QuerySet[Judgement]:
    return Judgement.objects.filter(rater__user=user)


def _turns(user: User) -> QuerySet[Assignment]:
    return Assignment.objects.filter(rater__user=user, status__in=TAKES_A_PLACE)


def _take(dispute: Dispute, user: User) -> None:
    """Hold a dispute, and no other beside it. Whoever had it shown something before does not count for the next."""
    if dispute.holder_id != user.pk:
        Dispute.objects.filter(project=dispute.project_id, holder=user).update(holder=None, lease_expires_at=None)
        dispute.saw_names = dispute.saw_verdicts = False
    dispute.holder, dispute.lease_expires_at = user, timezone.now() + LEASE
    dispute.save(update_fields=["holder", "lease_expires_at", "saw_names", "saw_verdicts"])


def _check(dispute: Dispute, ruling: NewRuling) -> None:
    spec = dispute.rubric.spec()
    spec.check_levels(ruling.levels)
    left = [criterion.name for criterion, level in zip(spec.criteria, ruling.levels, strict=True) if level is None]
    if left:
        raise RulingError(
            "levels", _("expected a level for every criterion; still open: %(left)s", left=", ".join(left))
        )
    if (ruling.cause == Cause.GUIDELINE_UNCLEAR) != (ruling.criterion is not None):
        raise RulingError(
            "criterion", _("expected the criterion where the guidelines are unclear, for that cause alone")
        )
    if ruling.criterion is not None and not 0 <= ruling.criterion < len(spec.criteria):
        raise RulingError(
            "criterion",
            _(
                "expected a criterion 0 to %(last)s, got %(criterion)s",
                last=len(spec.criteria) - 1,
                criterion=ruling.criterion,
            ),
        )
    if ruling.cause == Cause.OTHER and not ruling.reason:
        raise RulingError("reason", _("expected the reason in words where the cause is another"))


def _ruled_before(dispute: Dispute, adjudicator: User, ruling: NewRuling) -> Ruling:
    """Raises: DisputeClosedError, unless it is the same ruling, sent again."""
    live = Ruling.objects.live().filter(dispute=dispute, adjudicator=adjudicator).first()
    said = (list(ruling.levels), ruling.cause, ruling.reason, ruling.criterion)
    if live is not None and (live.levels, live.cause, live.reason, live.criterion) == said:
        return live
    if dispute.state == DisputeState.DROPPED:
        raise DisputeClosedError(
            _("an annotator changed an answer meanwhile, and all agree; nothing is left to decide")
        )
    raise DisputeClosedError(_("this dispute has a ruling already; a lead can open it again"))


def _store(dispute: Dispute, adjudicator: User, ruling: NewRuling) -> Ruling:
    shown = Judgement.objects.filter(item=dispute.item_id, pk__in=ruling.shown).order_by("pk")
    return Ruling.objects.create(
        dispute=dispute,
        item_id=dispute.item_id,
        rubric_id=dispute.rubric_id,
        adjudicator=adjudicator,
        levels=list(ruling.levels),
        reason=ruling.reason,
        cause=ruling.cause,
        criterion=ruling.criterion,
        shown=list(shown.values_list("pk", flat=True)),
        saw_names=dispute.saw_names,
        saw_verdicts=dispute.saw_verdicts,
        seconds=ruling.seconds,
        supersedes=Ruling.objects.filter(dispute=dispute).order_by("-pk").first(),
    )
