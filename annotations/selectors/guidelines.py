"""What of the guidelines an annotator has not read yet."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff

from annotations.choices import AssignmentStatus
from annotations.models import Assignment, Guideline, Judgement, Rater


@dataclass(frozen=True)
class GuidelineChange:
    """What changed between the version that an annotator knows and the newest; `known` is None for none."""

    known: Guideline | None
    newest: Guideline

    @property
    def lines(self) -> list[tuple[str, str]]:
        """“added” or “removed”, and the line."""
        kinds = {"+ ": "added", "- ": "removed"}
        before = "" if self.known is None else self.known.text
        lines = ndiff(before.splitlines(), self.newest.text.splitlines())
        return [(kinds[line[:2]], line[2:]) for line in lines if line[:2] in kinds and line[2:].strip()]


def unread_change(rater: Rater, newest: Guideline | None) -> GuidelineChange | None:
    """What changed since the version that the annotator confirmed last, or else began to work under.

    None for nothing, and before the first answer: who begins reads the guidelines as they are.
    """
    if newest is None or newest.pk == rater.guideline_read_id:
        return None
    known = rater.guideline_read
    if known is None:
        first = _first_answer(rater)
        if first is None:
            return None
        known = first.guideline
    if known is not None and known.version >= newest.version:
        return None
    return GuidelineChange(known=known, newest=newest)


def _first_answer(rater: Rater) -> Judgement | None:
    turns = Assignment.objects.filter(rater=rater, status=AssignmentStatus.DONE).order_by("finished_at")
    first = turns.select_related("judgement__guideline").first()
    return None if first is None else first.judgement
