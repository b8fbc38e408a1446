"""What follows where the simulated people differ: rulings by the demonstration's adjudicator, flags and comments."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import Final

from annotations.choices import Cause, DisputeState, FlagReason, Role
from annotations.models import Dispute, Membership, Project, QueuedItem, Ruling, User
from annotations.services.rulings import NewRuling, claim_dispute, rule
from annotations.services.threads import add_comment, flag_item
from annotations.simulation import SimulatedItem

RULED_SHARE: Final = 0.4
CAUSES: Final = (Cause.CARELESS, Cause.GUIDELINE_UNCLEAR, Cause.AMBIGUOUS_ITEM, Cause.CARELESS, Cause.EVIDENCE_MISSING)
REASONS: Final = {
    Cause.CARELESS: "What decides stands in the behaviour; one answer passed over it.",
    Cause.GUIDELINE_UNCLEAR: "The guidelines do not say whether one sign from long ago is enough.",
    Cause.AMBIGUOUS_ITEM: "Both readings of the words are open.",
    Cause.EVIDENCE_MISSING: "Nothing of what is shown speaks for or against it.",
}


def rule_on_part(*, project: Project, items: Mapping[str, SimulatedItem], accounts: Mapping[Role, User]) -> int:
    """Have the adjudicator rule on part of what is disputed, by what is true, and leave the rest to whoever visits.

    Returns: rulings made now; none where there were some before.
    """
    if Ruling.objects.filter(item__project=project).exists():
        return 0
    adjudicator = accounts[Role.ADJUDICATOR]
    n = round(RULED_SHARE * Dispute.objects.filter(project=project, state=DisputeState.OPEN).count())
    for _, cause in zip(range(n), cycle(CAUSES)):
        dispute = claim_dispute(project=project, user=adjudicator)
        if dispute is None:
            break
        levels = items[dispute.item.external_id].levels
        ruling = NewRuling(
            levels=tuple(one.positions[levels[one.key]] for one in dispute.rubric.spec().criteria),
            cause=cause,
            reason=REASONS[cause],
            criterion=dispute.criteria[0] if cause == Cause.GUIDELINE_UNCLEAR else None,
        )
        rule(dispute=dispute, adjudicator=adjudicator, ruling=ruling)
    _talk(project, accounts)
    return n


def _talk(project: Project, accounts: Mapping[Role, User]) -> None:
    """A flag, and a thread between lead and adjudicator."""
    queued = QueuedItem.objects.filter(project=project).select_related("item").order_by("position").first()
    if queued is None:
        return
    lead, adjudicator = (
        Membership.objects.select_related("user").get(project=project, user=accounts[role])
        for role in (Role.LEAD, Role.ADJUDICATOR)
    )
    thread = add_comment(
        item=queued.item, membership=adjudicator,
        text=f"@{lead.user.username} the behaviour ends in summer here. Is that all there is?",
    )  # fmt: skip
    add_comment(
        item=queued.item, membership=lead, reply_to=thread,
        text=f"It is, @{adjudicator.user.username}: judge by what is shown.",
    )  # fmt: skip
    flag_item(item=queued.item, user=adjudicator.user, reason=FlagReason.BROKEN, note="Half a year without a purchase.")
