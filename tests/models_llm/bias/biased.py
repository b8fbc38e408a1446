"""Judges with a bias that is known, for the suite to find, and items for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from models_llm.bias import CHECKS, AuditedItem, AuditReport, CheckResult, Subject, Trial, audit
from models_llm.bias.texts import n_characters
from models_llm.judging import ItemVerdict, JudgedItem

PAIRS = RubricSpec(
    "pairs",
    (
        CriterionSpec(
            "preference",
            "Preference",
            Scale.PREFERENCE,
            tuple(LevelSpec(key, label) for key, label in (("a", "A is better"), ("b", "B is better"), ("tie", "Tie"))),
        ),
    ),
)
POINTS = RubricSpec(
    "points",
    (
        CriterionSpec(
            "quality",
            "Quality",
            Scale.ORDINAL,
            tuple(LevelSpec(str(value), f"Grade {value}", value, value >= 3) for value in range(1, 6)),
        ),
    ),
)
FIRST, SECOND, TIE = 0, 1, 2

Script = Callable[[Trial, np.random.Generator], int]


@dataclass
class ScriptedJudge:
    """Judges the only criterion of a rubric by a function of the trial; counts what it was asked."""

    script: Script
    seed: int = 0
    n_judged: int = 0
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __call__(self, trials: Sequence[Trial]) -> list[ItemVerdict]:
        self.n_judged += len(trials)
        rng = np.random.default_rng(self.seed + self.n_judged)
        return [self._verdict(trial, rng) for trial in trials]

    def _verdict(self, trial: Trial, rng: np.random.Generator) -> ItemVerdict:
        outcome = self.outcomes.get(trial.name, Outcome.RATED)
        if outcome is not Outcome.RATED:
            return ItemVerdict(outcome, error="scripted")
        return ItemVerdict(Outcome.RATED, levels=(int(self.script(trial, rng)),))


def pair(number: int, better: int) -> JudgedItem:
    """Two answers of one length, of which the one at `better` is marked as good."""
    good = [f"Answer {number:04} is so and so, good.", f"Answer {number:04} is so and so, poor."]
    return JudgedItem({"question": f"Question {number}"}, tuple(good if better == FIRST else good[::-1]))


def pairs(n: int) -> list[AuditedItem]:
    return [AuditedItem(number, f"q-{number}", pair(number, number % 2)) for number in range(n)]


def answers(
    n: int, *, producers: Sequence[str] = ("",), people: Callable[[int], int] | None = None
) -> list[AuditedItem]:
    """Single answers marked with what they deserve, 1 to 5 in turn; a third of them long.

    Args:
        people: the level that three people gave, from the number of the item.
    """
    items = []
    for number in range(n):
        text = f"Worth {number % 5}. " + "It goes on and on. " * (number % 3)
        counts = None if people is None else (tuple(3 * (level == people(number)) for level in range(5)),)
        items.append(
            AuditedItem(
                number,
                f"a-{number}",
                JudgedItem({}, (text,)),
                producer=producers[number % len(producers)],
                people=counts,
            )
        )
    return items


def worth(trial: Trial) -> int:
    """The level that a single answer deserves: none for one that says nothing."""
    text = str(trial.item.candidates[0])
    return int(text[6]) if text.startswith("Worth") else 0


def winner(trial: Trial) -> int:
    """The candidate that is marked as good; one that is no answer loses."""
    answered = [str(one).startswith("Answer 0") for one in trial.item.candidates]
    if not all(answered):
        return answered.index(True)
    return FIRST if "good" in str(trial.item.candidates[0]) else SECOND


def length(trial: Trial) -> int:
    return n_characters(trial.item.candidates[0])


def run_check(
    key: str,
    items: Sequence[AuditedItem],
    script: Script,
    rubric: RubricSpec,
    *,
    models: tuple[str, ...] = ("org/judge-7b",),
    seed: int = 0,
    **outcomes: Outcome,
) -> CheckResult:
    """One check of the suite on a scripted judge."""
    judge = ScriptedJudge(script, seed=seed, outcomes=dict(outcomes))
    return run_suite(key, items=items, judge=judge, rubric=rubric, models=models, seed=seed).checks[0]


def run_suite(
    *keys: str,
    items: Sequence[AuditedItem],
    judge: ScriptedJudge,
    rubric: RubricSpec,
    models: tuple[str, ...] = ("org/judge-7b",),
    seed: int = 0,
) -> AuditReport:
    return audit(
        items,
        subject=Subject(rubric, models=models),
        checks=[CHECKS[key] for key in keys or CHECKS],
        judge=judge,
        rng=np.random.default_rng(seed),
        on_plan=lambda n: None,
    )
