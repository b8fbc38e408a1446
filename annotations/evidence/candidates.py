"""A candidate: the words under judgement first, what belongs to them after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotations.evidence.sections import Section, evidence_of, section_of, words_of
from annotations.images import take_images

_HEADLINES: Final = ("tag", "interest", "explanation", "text", "response", "answer", "utterance", "story", "title")


@dataclass(frozen=True)
class CandidateView:
    """A candidate to be shown.

    Attributes:
        label: what the headline is, such as “tag”; empty for a bare text.
        headline: the words under judgement; empty where the candidate is no text, then the sections are all of it.
        sections: everything else that the candidate says.
    """

    label: str
    headline: str
    sections: tuple[Section, ...]

    @property
    def is_short(self) -> bool:
        """Whether the headline is a name and no running text."""
        return len(self.headline) <= 60 and "\n" not in self.headline


def candidate_of(candidate: Any) -> CandidateView:
    """What is shown of a candidate; its images, if they are still in it, only as marks."""
    [candidate] = take_images(None, [candidate]).candidates
    if isinstance(candidate, str):
        return CandidateView(label="", headline=candidate, sections=())
    if not isinstance(candidate, Mapping):
        return CandidateView(label="", headline="", sections=(section_of("candidate", candidate),))
    key = next((key for key in _HEADLINES if isinstance(candidate.get(key), str)), None)
    if key is None:
        return CandidateView(label="", headline="", sections=evidence_of(candidate))
    rest = {name: value for name, value in candidate.items() if name != key}
    return CandidateView(
        label="" if key == "text" else words_of(key),
        headline=candidate[key],
        sections=evidence_of(rest, has_passages=False),  # a long reason stands where a short one does
    )
