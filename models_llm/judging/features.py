"""Features of candidates against their evidence, for a judge without a language model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models_llm.judging.protocol import JudgedItem

N_HASHED: Final = 2**13
"""Columns for hashed word n-grams, and as many again for character n-grams."""

_MOST_FIELDS: Final = 12
_WORD: Final = re.compile(r"\w+")
# Words are compared by their beginnings: "hike" and "hiking" share one.
_STEM_LENGTH: Final = 4

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSpace:
    """Which columns there are, fixed when a judge is fitted.

    Attributes:
        n_candidates: 1, or 2 for preferences, whose columns are differences between first and second.
        evidence_fields, candidate_fields: names whose texts are compared with one another.
    """

    n_candidates: int
    evidence_fields: tuple[str, ...]
    candidate_fields: tuple[str, ...]

    def fits(self, item: JudgedItem) -> bool:
        return len(item.candidates) == self.n_candidates


def learn_space(items: Sequence[JudgedItem]) -> FeatureSpace:
    """The space of the commonest field names among items that have equally many candidates."""
    evidence = Counter(name for item in items for name in _fields(item.context))
    candidates = Counter(name for item in items for part in item.candidates for name in _fields(part))
    return FeatureSpace(len(items[0].candidates), _commonest(evidence), _commonest(candidates))


def overlap_features(space: FeatureSpace, items: Sequence[JudgedItem]) -> FloatArray:
    """Lengths and overlaps, (n_items, n_columns), not scaled; a share of no words is 0."""
    rows = [_compared([_candidate_row(space, item.context, part) for part in item.candidates]) for item in items]
    return np.array(rows, dtype=np.float64).reshape(len(items), -1)


def hashed_features(space: FeatureSpace, items: Sequence[JudgedItem]) -> sparse.csr_matrix:
    """Hashed word and character n-grams of the candidates, (n_items, 2 * N_HASHED), each half of length 1."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = HashingVectorizer(n_features=N_HASHED, ngram_range=(1, 2))
    characters = HashingVectorizer(n_features=N_HASHED, ngram_range=(3, 4), analyzer="char_wb")

    def of_candidate(number: int) -> sparse.csr_matrix:
        texts = [_text(item.candidates[number]) for item in items]
        return sparse.hstack([words.transform(texts), characters.transform(texts)]).tocsr()

    return of_candidate(0) if space.n_candidates == 1 else of_candidate(0) - of_candidate(1)


def _compared(rows: list[list[float]]) -> FloatArray:
    """One candidate's features, or for two their differences, signed and absolute: a tie has small ones."""
    if len(rows) == 1:
        return np.array(rows[0])
    difference = np.subtract(rows[0], rows[1])
    return np.concatenate([difference, np.abs(difference)])


def _candidate_row(space: FeatureSpace, context: Any, candidate: Any) -> list[float]:
    evidence, parts = _fields(context), _fields(candidate)
    evidence_stems = {name: _stems(evidence.get(name, "")) for name in space.evidence_fields}
    part_stems = {name: _stems(parts.get(name, "")) for name in space.candidate_fields}
    whole = _text(candidate)
    all_evidence = _stems(_text(context))
    all_parts = _stems(whole)
    row = [
        np.log1p(len(whole)),
        np.log1p(len(_WORD.findall(whole))),
        len(all_parts) / max(1, len(_WORD.findall(whole))),
        sum(character.isdigit() for character in whole) / max(1, len(whole)),
        _share(all_parts, all_evidence),
        _share(all_evidence, all_parts),
    ]
    for name, stems in part_stems.items():
        row.append(np.log1p(len(stems)))
        row += [_share(stems, all_evidence), float(bool(stems) and stems <= all_evidence)]
        row += [_share(stems, other) for other in evidence_stems.values()]
        row += [_share(stems, other) for other_name, other in part_stems.items() if other_name != name]
    return row


def _share(stems: frozenset[str], within: frozenset[str]) -> float:
    return len(stems & within) / len(stems) if stems else 0.0


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM_LENGTH] for word in _WORD.findall(text.casefold()))


def _commonest(names: Counter[str]) -> tuple[str, ...]:
    ranked = sorted(names, key=lambda name: (-names[name], name))
    return tuple(sorted(ranked[:_MOST_FIELDS]))


def _fields(value: Any) -> dict[str, str]:
    """Text by top-level name; what is no object is one field without a name."""
    if isinstance(value, Mapping):
        return {str(name): _text(part) for name, part in value.items()}
    return {"": _text(value)}


def _text(value: Any) -> str:
    return " ".join(_leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.encode("utf-8", "replace").decode()  # the hasher raises on lone surrogates
    elif isinstance(value, Mapping):
        yield from _leaves_of(value.values())
    elif isinstance(value, (list, tuple)):
        yield from _leaves_of(value)
    elif value is not None:
        yield str(value)


def _leaves_of(parts: Iterable[Any]) -> Iterator[str]:
    for part in parts:
        yield from _leaves(part)
