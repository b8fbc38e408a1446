"""Letters that stand for levels, so that a level is one token."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _
from models_llm.errors import JudgeError


def level_letters(criterion: CriterionSpec) -> tuple[str, ...]:
    """A letter for each level. A level that is called by a letter keeps it; the others have the first that are free.

    So no level is called by a letter that stands for another one.

    Raises: JudgeError, if the letters do not suffice.
    """
    own = [_own_letter(criterion, position) for position in range(len(criterion.levels))]
    taken = set().union(*(_names(criterion, position) for position in range(len(criterion.levels))))
    free = (letter for letter in ascii_uppercase if letter not in taken)
    letters = tuple(letter or next(free, "") for letter in own)
    if "" in letters:
        raise JudgeError(
            _(
                "criterion “%(criterion)s” has %(n)s levels, more than there are letters to name them by: judge "
                "it with the pointwise judge",
                criterion=criterion.key,
                n=len(criterion.levels),
            )
        )
    return letters


def describe_letters(criterion: CriterionSpec, letters: Sequence[str]) -> str:
    """The levels by their letters, a line each."""
    return "\n".join(f"{letter} = {answer}" for letter, answer in zip(letters, criterion.answers, strict=True))


def _own_letter(criterion: CriterionSpec, position: int) -> str:
    """The letter that names this level and no other one; empty if there is none."""
    others = (_names(criterion, other) for other in range(len(criterion.levels)) if other != position)
    own = _names(criterion, position).intersection(ascii_uppercase).difference(*others)
    return min(own, default="")


def _names(criterion: CriterionSpec, position: int) -> set[str]:
    level = criterion.levels[position]
    return {name.strip().upper() for name in (level.key, level.label, criterion.answers[position])}
