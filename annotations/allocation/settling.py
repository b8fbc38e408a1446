"""Whether the answers on an item agree, and what comes next where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotations.rubrics import CriterionSpec
from annotations.sentences import joined
from annotations.sentences import sentence as _


class Decision(StrEnum):
    SETTLED = "settled"
    ASK_ONE_MORE = "ask_one_more"
    DISPUTE = "dispute"


@dataclass(frozen=True)
class Settling:
    """What the answers on an item come to.

    Attributes:
        criteria: positions of the criteria without a strict majority.
        reason: in words, which criteria and how the answers on them stand; empty where all are settled.
    """

    decision: Decision
    criteria: tuple[int, ...] = ()
    reason: str = ""


def settle(
    answers: Sequence[Sequence[int | None]],
    criteria: Sequence[CriterionSpec],
    *,
    wanted: int,
    most_overlap: int | None,
) -> Settling:
    """Settled when on every criterion more than half of the answers say the same level.

    So two answers have to be the same, of three two, of four three. It does not matter who gave which, nor what the
    levels mean: on an ordered scale neighbours differ too, since one of them may pass and the other fail. An answer
    without a level on a criterion counts for none of its levels. One answer has nobody to differ from.

    Where a criterion has no such majority, one more person is asked as long as fewer than `most_overlap` are wanted;
    after that, or where the policy asks nobody more, it is a dispute.

    Rankings are never disputed: two people seldom give all candidates of a group the same places, and how far they
    agree is a statistic. What they come to together is the majority on each pair.

    Args:
        answers: levels of each answer in the order of the criteria; None where not rated.
        wanted: answers that the item has places for now.
        most_overlap: of the policy; None for never asking one more.
    Raises: ValueError, if an answer has another number of levels than there are criteria.
    """
    differing = {
        position: count
        for position, count in enumerate(_counts(answers, len(criteria)))
        if len(answers) > 1 and not criteria[position].is_ranking and 2 * max(count.values(), default=0) <= len(answers)
    }
    if not differing:
        return Settling(Decision.SETTLED)
    asks_more = most_overlap is not None and wanted < most_overlap
    return Settling(
        decision=Decision.ASK_ONE_MORE if asks_more else Decision.DISPUTE,
        criteria=tuple(differing),
        reason=joined(_in_words(criteria[position], count) for position, count in differing.items()),
    )


def _counts(answers: Sequence[Sequence[int | None]], n_criteria: int) -> list[Counter[int]]:
    """How many answers say which level, for each criterion."""
    return [
        Counter(level for level in column if level is not None)
        for column in zip(*_checked(answers, n_criteria), strict=True)
    ]


def _checked(answers: Sequence[Sequence[int | None]], n_criteria: int) -> Sequence[Sequence[int | None]]:
    for answer in answers:
        if len(answer) != n_criteria:
            raise ValueError(f"expected {n_criteria} levels in an answer, got {len(answer)}")
    return answers


def _in_words(criterion: CriterionSpec, count: Counter[int]) -> str:
    """“Relevance: 1 Relevant, 1 Weak”, in the order of the levels; on ordered scales also how far they lie apart."""
    if not count:
        return _("%(criterion)s: no level given", criterion=criterion.name)
    said = ", ".join(f"{count[level]} {criterion.levels[level].label}" for level in sorted(count))
    apart = max(count) - min(count)
    if criterion.is_ordered and apart > 1:
        return _("%(criterion)s: %(said)s (%(n)s levels apart)", criterion=criterion.name, said=said, n=apart)
    return f"{criterion.name}: {said}"
