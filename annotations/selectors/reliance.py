"""How far annotators follow a judge because it is shown, from the lots of the modes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotations.choices import Mode, Purpose, RaterKind, SecondLook
from annotations.estimation import IntArray
from annotations.models import Project, Rater
from annotations.quality import ModeTurns, Reliance, SecondLooks, as_levels, errs, matches, reliance, second_looks
from annotations.rubrics import MISSING

NEWEST: Final = 2000
"""Of each person so many newest answers are looked at: enough for an interval of ±0.05."""

# The verdict that would have been shown is the newest there was when the turn began; the claim draws from the same. Of
# gold it is the newest that gold knows to be wrong, which is what a challenge shows.
TURNS: Final = """
SELECT r.id, turn.mode, turn.purpose, turn.second_look, turn.mode_probability, p.assist_share, p.challenge_share,
    j.levels, g.levels, COALESCE(shown.levels, verdict.levels), second.levels
FROM annotations_rater r
CROSS JOIN LATERAL (
    SELECT a.* FROM annotations_assignment a
    WHERE a.rater_id = r.id AND a.status = 'done' AND a.purpose IN ('work', 'gold')
    ORDER BY a.finished_at DESC LIMIT %(newest)s
) turn
JOIN annotations_reviewpolicy p ON p.id = turn.policy_id
JOIN annotations_judgement j ON j.id = turn.judgement_id
LEFT JOIN annotations_gold g
    ON turn.purpose = 'gold' AND g.item_id = turn.item_id AND g.rubric_id = j.rubric_id AND g.retired_at IS NULL
LEFT JOIN annotations_judgement shown ON shown.id = turn.shown_id
LEFT JOIN LATERAL (
    SELECT v.levels FROM annotations_judgement v JOIN annotations_rater judge ON judge.id = v.rater_id
    WHERE turn.shown_id IS NULL AND judge.kind = 'judge' AND v.item_id = turn.item_id AND v.rubric_id = j.rubric_id
      AND v.outcome = 'rated' AND v.created_at <= turn.leased_at
      AND (v.superseded_at IS NULL OR v.superseded_at > turn.leased_at)
      AND (turn.purpose = 'work' OR EXISTS (
          SELECT FROM unnest(v.levels, g.levels) AS each(said, truth) WHERE each.said <> each.truth))
    ORDER BY v.id DESC LIMIT 1
) verdict ON true
LEFT JOIN LATERAL (
    SELECT s.levels FROM annotations_judgement s
    WHERE turn.second_look = 'revised' AND s.rater_id = r.id AND s.item_id = turn.item_id AND s.purpose = 'second'
      AND s.superseded_at IS NULL
    LIMIT 1
) second ON true
WHERE r.project_id = %(project)s AND r.kind = 'person' AND j.rubric_id = %(rubric)s
ORDER BY r.id
"""


@dataclass(frozen=True)
class ModeFigures:
    """What the modes say of one annotator, or of the project.

    Attributes:
        bias: following the verdict where it is shown, beside saying the same where it is not; of work.
        challenge: following a verdict that is known to be wrong where it is shown, beside saying the same wrong thing
            where it is not; of gold.
        looks: what became of answers that differed from the verdict that was revealed afterwards.
    """

    bias: Reliance
    challenge: Reliance
    looks: SecondLooks


@dataclass(frozen=True)
class PersonModes:
    rater: Rater
    figures: ModeFigures


@dataclass(frozen=True)
class ProjectModes:
    """Figures of all annotators together, and of each who has had a turn that says something, by name."""

    project: ModeFigures
    people: tuple[PersonModes, ...]


@dataclass(frozen=True)
class _Turn:
    rater: int
    mode: Mode
    purpose: Purpose
    second_look: SecondLook
    probability: float
    assist: float
    challenge: float


@dataclass(frozen=True)
class _Turns:
    """Turns beside verdicts; the arrays are (n, n_criteria)."""

    turns: list[_Turn]
    said: IntArray
    known: IntArray
    verdict: IntArray
    second: IntArray

    def where(self, rows: list[int]) -> _Turns:
        return _Turns(
            [self.turns[row] for row in rows], self.said[rows], self.known[rows], self.verdict[rows], self.second[rows]
        )


def project_modes(project: Project) -> ProjectModes:
    """Automation bias, over-reliance on wrong verdicts and switching, of the project and of each annotator."""
    found = _fetch(project)
    people = Rater.objects.filter(project=project, kind=RaterKind.PERSON).order_by("name", "pk")
    rows: dict[int, list[int]] = defaultdict(list)
    for row, turn in enumerate(found.turns):
        rows[turn.rater].append(row)
    return ProjectModes(
        project=_figures(found),
        people=tuple(PersonModes(rater, _figures(found.where(rows[rater.pk]))) for rater in people if rater.pk in rows),
    )


def _fetch(project: Project) -> _Turns:
    """Turns at items that had a verdict."""
    rubric = project.current_rubric()
    with connection.cursor() as cursor:
        cursor.execute(TURNS, {"newest": NEWEST, "project": project.pk, "rubric": rubric.pk})
        rows = [row for row in cursor.fetchall() if row[9] is not None]
    n, nothing = rubric.n_criteria, (None,) * rubric.n_criteria

    def levels(column: int) -> IntArray:
        return as_levels([row[column] or nothing for row in rows], n)

    return _Turns(
        turns=[_turn(row) for row in rows], said=levels(7), known=levels(8), verdict=levels(9), second=levels(10)
    )


def _turn(row: tuple[Any, ...]) -> _Turn:
    rater, mode, purpose, second_look, probability, assist, challenge, *_ = row
    return _Turn(rater, Mode(mode), Purpose(purpose), SecondLook(second_look), probability, assist, challenge)


def _figures(found: _Turns) -> ModeFigures:
    return ModeFigures(bias=_bias(found), challenge=_challenge(found), looks=_looks(found))


def _bias(found: _Turns) -> Reliance:
    """Of work under policies that could have shown the verdict, and could have not."""
    rows = [
        row
        for row, turn in enumerate(found.turns)
        if turn.purpose is Purpose.WORK and 0 < turn.assist < 1 and turn.mode is not Mode.CHALLENGE
    ]
    picked = found.where(rows)
    return reliance(_mode_turns(picked, Mode.ASSIST, matches(picked.said, picked.verdict)))


def _challenge(found: _Turns) -> Reliance:
    """Of gold with a wrong verdict, under policies that could have shown it, and could have shown nothing."""
    rows = [
        row
        for row, turn in enumerate(found.turns)
        if turn.purpose is Purpose.GOLD
        and turn.mode is not Mode.ASSIST
        and turn.challenge > 0
        and turn.challenge + turn.assist < 1
    ]
    picked = found.where(rows)
    wrong = np.where(errs(picked.verdict, picked.known), picked.verdict, MISSING)
    is_wrong = np.flatnonzero((wrong != MISSING).any(axis=1)).tolist()
    picked = picked.where(is_wrong)
    return reliance(_mode_turns(picked, Mode.CHALLENGE, matches(picked.said, wrong[is_wrong])))


def _mode_turns(picked: _Turns, showing: Mode, follows: NDArray[np.bool_]) -> ModeTurns:
    """Turns with the chance of the arm that they are in, for the verdict shown in one mode against nothing shown."""
    is_shown = [turn.mode is showing for turn in picked.turns]
    chances = [_chance(turn, showing, shown) for turn, shown in zip(picked.turns, is_shown, strict=True)]
    return ModeTurns(
        rater=np.array([turn.rater for turn in picked.turns], dtype=np.int64),
        is_shown=np.array(is_shown, dtype=np.bool_),
        probability=np.array(chances, dtype=np.float64),
        follows=follows,
    )


def _chance(turn: _Turn, showing: Mode, is_shown: bool) -> float:
    """That the verdict was shown, or that nothing was.

    What is stored with a turn is the chance of its mode. Nothing is shown both in blind and in reveal, whose chances
    together are what the modes leave that show something; of work no challenge can be drawn, and its share is blind's.
    """
    if is_shown:
        return turn.probability
    return 1 - turn.assist if showing is Mode.ASSIST else 1 - turn.assist - turn.challenge


def _looks(found: _Turns) -> SecondLooks:
    rows = [
        row
        for row, turn in enumerate(found.turns)
        if turn.mode is Mode.REVEAL and turn.purpose is Purpose.WORK and not _same(found, row)
    ]
    picked = found.where(rows)
    rated = picked.verdict != MISSING
    before = (rated & (picked.said == picked.verdict)).sum(axis=1)
    has_second = (picked.second != MISSING).any(axis=1)
    after = np.where(has_second, (rated & (picked.second == picked.verdict)).sum(axis=1), before)
    looks = [turn.second_look for turn in picked.turns]
    return second_looks(
        before.astype(np.int64),
        after.astype(np.int64),
        is_kept=np.array([look is SecondLook.KEPT for look in looks], dtype=np.bool_),
        is_revised=np.array([look is SecondLook.REVISED for look in looks], dtype=np.bool_),
    )


def _same(found: _Turns, row: int) -> bool:
    return bool(matches(found.said[[row]], found.verdict[[row]])[0])
