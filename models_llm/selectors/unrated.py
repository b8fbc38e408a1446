"""A run's verdicts without ratings, page by page: what it could not read, with what came instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from annotations.choices import Outcome
from annotations.models import User
from annotations.selectors.items import held_by
from models_llm.models import Run, Verdict

PAGE_SIZE: Final = 25


@dataclass(frozen=True)
class UnratedPage:
    """Verdicts, newest first; `before` asks for the next page, None where there is none."""

    verdicts: tuple[Verdict, ...]
    before: int | None


def unrated_verdicts(
    run: Run,
    *,
    viewer: User,
    outcomes: Collection[Outcome] = (),
    before: int | None = None,
    size: int = PAGE_SIZE,
) -> UnratedPage:
    """Live verdicts of the run that have no ratings, with their items; none on an item that the viewer holds.

    Args:
        outcomes: only these; all unless given.
        before: judgement id that the page ends before.
    """
    verdicts = Verdict.objects.live().unrated().filter(run=run)
    if outcomes:
        verdicts = verdicts.filter(judgement__outcome__in=outcomes)
    if before is not None:
        verdicts = verdicts.filter(judgement_id__lt=before)
    found = list(verdicts.select_related("judgement__item").order_by("-judgement_id")[: size + 1])
    held = held_by(viewer, [verdict.judgement.item_id for verdict in found])
    shown = tuple(verdict for verdict in found[:size] if verdict.judgement.item_id not in held)
    return UnratedPage(shown, before=found[size - 1].judgement_id if len(found) > size else None)
