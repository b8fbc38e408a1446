"""What an annotator's answer must have, the first time and when it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotations.errors import IncompleteAnnotationError, RationaleMissingError
from annotations.evidence import check_highlights
from annotations.models import Item
from annotations.rubrics import RubricSpec


def check_answer(spec: RubricSpec, levels: Sequence[int | None], rationale: str) -> None:
    """Refuse an answer that leaves something open.

    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RubricError: a level is not of the rubric.
        RationaleMissingError: the rubric asks for a rationale of these levels, and there is none.
    """
    open_criteria = tuple(index for index, level in enumerate(levels) if level is None)
    if open_criteria:
        raise IncompleteAnnotationError(open_criteria)
    spec.check_levels(levels)
    if not rationale.strip() and (asking := spec.asking_for_a_rationale(levels)):
        raise RationaleMissingError(asking)


def highlights_in(item: Item, highlights: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The highlights as they are stored; None for none. The item is read only where there are some.

    Raises: HighlightError, if one does not stand in the item.
    """
    if not highlights:
        return None
    return check_highlights(highlights, context=item.context, candidates=item.candidates)
