"""A whole item, its images apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.evidence.candidates import CandidateView, candidate_of
from annotations.evidence.differences import Spans, differences
from annotations.evidence.marks import Marks
from annotations.evidence.places import with_places
from annotations.evidence.sections import Pictures, Section, evidence_of
from annotations.evidence.shared import shared_words
from annotations.images import take_images


@dataclass(frozen=True)
class ItemView:
    """An item to be shown. Images stand after the evidence, with the numbers that a judge is told too.

    Candidates come in the order in which they are shown, with places in the item's own. In a pair what differs is
    marked, in any other item what stands in candidate and evidence.
    """

    evidence: tuple[Section, ...]
    candidates: list[CandidateView]
    marks: Marks


def item_view(context: Mapping[str, Any], candidates: Sequence[Any], *, is_swapped: bool = False) -> ItemView:
    """What is shown of an item; of a swapped pair the second candidate first."""
    apart = take_images(context, candidates)
    pictures = (Pictures("images", apart.images),) if apart.images else ()
    shown = [
        candidate_of(with_places(candidate, f"candidate.{number}")) for number, candidate in enumerate(apart.candidates)
    ]
    return ItemView(
        evidence=(*evidence_of(with_places(apart.context, "context")), *pictures),
        candidates=shown[::-1] if is_swapped else shown,
        marks=Marks(
            shared=shared_words(list(apart.candidates), apart.context),
            differing=_differing(apart.candidates) if len(apart.candidates) == 2 else {},
        ),
    )


def _differing(candidates: Sequence[Any]) -> dict[str, Spans]:
    return {
        f"candidate.{number}.{place}".rstrip("."): spans
        for number, found in enumerate(differences(*candidates))
        for place, spans in found.items()
    }
