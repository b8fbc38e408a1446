"""What an annotator's answer must have, the first time and when it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotations.errors import IncompleteAnnotationError, RationaleMissingError, RubricError
from annotations.evidence import check_highlights
from annotations.models import Item
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _


def check_answer(spec: RubricSpec, levels: Sequence[int | None], rationale: str) -> None:
    """Refuse an answer that leaves something open.

    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RubricError: a level is not of the rubric, or is a place, which one item cannot have without the others.
        RationaleMissingError: the rubric asks for a rationale of these levels, and there is none.
    """
    if spec.ranking is not None:
        raise RubricError(_("expected the places of all candidates of the group; one cannot have a place alone"))
    open_criteria = tuple(index for index, level in enumerate(levels) if level is None)
    if open_criteria:
        raise IncompleteAnnotationError(open_criteria)
    spec.check_levels(levels)
    if not rationale.strip() and (asking := spec.asking_for_a_rationale(levels)):
        raise RationaleMissingError(asking)


def checked_places(spec: RubricSpec, levels: Sequence[int | None], rationale: str, *, n: int) -> tuple[int, ...]:
    """The places of the candidates of a group, closed up.

    Args:
        levels: of the criterion that ranks, one a candidate.
        n: candidates of the group.
    Raises:
        IncompleteAnnotationError: a candidate has no place.
        RubricError: the rubric does not rank, there are other than `n` levels, or one is not of the rubric.
        RationaleMissingError: the rubric asks for a rationale of these places, and there is none.
    """
    if spec.ranking is None or len(levels) != n:
        raise RubricError(
            _(
                "expected places of %(n)s candidates under a rubric that ranks, got %(came)s levels",
                n=n,
                came=len(levels),
            )
        )
    given = [level for level in levels if level is not None]
    if len(given) < len(levels):
        open_candidates = tuple(index for index, level in enumerate(levels) if level is None)
        raise IncompleteAnnotationError(open_candidates, is_of_candidates=True)
    for level in given:
        spec.check_levels([level])
    asking = next((found for level in given if (found := spec.asking_for_a_rationale([level]))), ())
    if not rationale.strip() and asking:
        raise RationaleMissingError(asking)
    return spec.ranking.closed_up(given)


def highlights_in(item: Item, highlights: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The highlights as they are stored; None for none. The item is read only where there are some.

    Raises: HighlightError, if one does not stand in the item.
    """
    if not highlights:
        return None
    return check_highlights(highlights, context=item.context, candidates=item.candidates)
