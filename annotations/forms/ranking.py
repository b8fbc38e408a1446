"""A ranking as it comes from the page, and the candidates as fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from annotations.evidence import CandidateView
from annotations.forms.review import Answer, LevelChoice, note_of, seconds_of
from annotations.rubrics import CriterionSpec, Ranking
from annotations.selectors.rankings import LETTERS


@dataclass(frozen=True)
class CandidateField:
    """A candidate with the places that it can have."""

    position: int
    letter: str
    candidate: CandidateView
    places: tuple[LevelChoice, ...]
    below: LevelChoice | None
    is_missing: bool


def candidate_fields(
    criterion: CriterionSpec,
    candidates: Sequence[CandidateView],
    levels: Sequence[int | None] = (),
    missing: Sequence[int] = (),
) -> Iterator[CandidateField]:
    """The candidates in the order in which they are shown, with what was chosen before."""
    ranking = criterion.ranking
    assert ranking is not None  # noqa: S101  of a rubric that ranks
    for position, candidate in enumerate(candidates):
        chosen = levels[position] if levels else None
        below = ranking.n_places if ranking.has_line else None
        yield CandidateField(
            position=position,
            letter=LETTERS[position],
            candidate=candidate,
            places=tuple(_choice(criterion, place, chosen) for place in range(len(candidates))),
            below=None if below is None else _choice(criterion, below, chosen),
            is_missing=position in missing,
        )


def read_ranking(ranking: Ranking, n: int, data: Mapping[str, str]) -> Answer:
    """What was chosen for each of `n` candidates, as they were shown; anything that is none of their places is open."""
    return Answer(
        levels=tuple(_place(ranking, n, data.get(f"level-{position}", "")) for position in range(n)),
        rationale=note_of(data),
        seconds=seconds_of(data),
    )


def _choice(criterion: CriterionSpec, position: int, chosen: int | None) -> LevelChoice:
    """The script knows the keys: they are those of the digits, and 0 is below the line."""
    return LevelChoice(position=position, level=criterion.levels[position], key="", is_chosen=position == chosen)


def _place(ranking: Ranking, n: int, text: str) -> int | None:
    level = int(text) if text.isdecimal() else -1
    return level if 0 <= level < n or ranking.is_below_line(level) else None
