"""A whole item, its images apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.evidence.candidates import CandidateView, candidate_of
from annotations.evidence.sections import Pictures, Section, evidence_of
from annotations.images import take_images


@dataclass(frozen=True)
class ItemView:
    """An item to be shown. Images stand after the evidence, with the numbers that a judge is told too."""

    evidence: tuple[Section, ...]
    candidates: list[CandidateView]


def item_view(context: Mapping[str, Any], candidates: Sequence[Any]) -> ItemView:
    apart = take_images(context, candidates)
    pictures = (Pictures("images", apart.images),) if apart.images else ()
    return ItemView(
        evidence=(*evidence_of(apart.context), *pictures),
        candidates=[candidate_of(candidate) for candidate in apart.candidates],
    )
