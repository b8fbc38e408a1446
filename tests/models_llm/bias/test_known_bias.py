"""Judges with a known bias are found out, with the right sign and size; one without passes."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.choices import Outcome
from models_llm.bias import CHECKS, CheckResult, Figure, Subject, Trial, n_judgings
from models_llm.choices import Decision
from tests.models_llm.bias.biased import (
    FIRST,
    PAIRS,
    POINTS,
    SECOND,
    TIE,
    ScriptedJudge,
    answers,
    length,
    pairs,
    run_check,
    run_suite,
    winner,
    worth,
)

PASSED, FAILED, UNDECIDED = Decision.PASSED, Decision.FAILED, Decision.UNDECIDED


def figure(result: CheckResult, name: str) -> Figure:
    [found] = [one for one in result.figures if one.name.startswith(name)]
    return found


def holds(found: Figure, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


# --- position -------------------------------------------------------------------------------------------------------


def test_a_judge_that_always_takes_the_first_slot_fails() -> None:
    result = run_check("position", pairs(60), lambda trial, rng: FIRST, PAIRS)
    same, first = figure(result, "same winner"), figure(result, "first slot")
    assert result.decision is FAILED
    assert (same.value, same.n, same.decision) == (0.0, 60, FAILED)
    assert (first.value, first.n, first.decision) == (1.0, 60, FAILED)
    # Two-sided exact binomial: 2 / 2^60.
    assert first.p_value == pytest.approx(2**-59)


def test_a_lean_to_the_second_slot_is_measured() -> None:
    """Of the pairs a fifth is not understood; the judge then takes the second slot, in both orders."""

    def leaning(trial: Trial, rng: np.random.Generator) -> int:
        return SECOND if trial.at % 5 == 0 else winner(trial)

    result = run_check("position", pairs(200), leaning, PAIRS)
    same, first = figure(result, "same winner"), figure(result, "first slot")
    assert (same.value, first.value, first.n) == (0.8, 0.0, 40)
    assert first.decision is FAILED
    assert same.decision is UNDECIDED  # 0.8 is wanted of the interval's lower end


def test_a_judge_that_draws_lots_is_inconsistent_but_leans_to_no_slot() -> None:
    result = run_check("position", pairs(200), lambda trial, rng: int(rng.integers(2)), PAIRS)
    same, first = figure(result, "same winner"), figure(result, "first slot")
    assert result.decision is FAILED
    assert holds(same, 0.5)
    assert same.decision is FAILED
    assert first.decision is PASSED


def test_a_tie_in_one_order_alone_is_no_same_winner() -> None:
    def tying(trial: Trial, rng: np.random.Generator) -> int:
        return TIE if trial.name == "swapped" else FIRST

    result = run_check("position", pairs(40), tying, PAIRS)
    assert figure(result, "same winner").value == 0
    assert figure(result, "first slot").value == 1


def test_a_judge_that_ties_throughout_is_consistent() -> None:
    result = run_check("position", pairs(40), lambda trial, rng: TIE, PAIRS)
    assert figure(result, "same winner").value == 1
    assert figure(result, "first slot").note == "no pair's winner changed"
    assert result.decision is PASSED


# --- length ---------------------------------------------------------------------------------------------------------


def test_padding_that_lifts_a_third_of_the_answers_by_one_grade_is_found() -> None:
    def longer_is_better(trial: Trial, rng: np.random.Generator) -> int:
        return min(4, worth(trial) + (trial.name == "padded" and trial.at % 3 == 0))

    result = run_check("length", answers(300), longer_is_better, POINTS)
    shift = figure(result, "shift by padding")
    # A third of five grades in turn; the best grade cannot rise: 1/3 · 4/5.
    assert shift.value == pytest.approx(4 / 15)
    assert shift.low is not None
    assert shift.low > 0.1
    assert (shift.decision, result.decision) == (FAILED, FAILED)
    assert result.examples[0].trial == "padded"
    assert (result.examples[0].before, result.examples[0].after) == ((0,), (1,))


def test_a_judge_that_dislikes_length_fails_with_the_other_sign() -> None:
    def shorter_is_better(trial: Trial, rng: np.random.Generator) -> int:
        return max(0, worth(trial) - (trial.name == "padded"))

    shift = figure(run_check("length", answers(100), shorter_is_better, POINTS), "shift by padding")
    assert shift.value == pytest.approx(-0.8)
    assert shift.decision is FAILED


def test_of_a_pair_the_padded_one_wins_more_often_whichever_it_is() -> None:
    """Where the judge would lose a close case it takes the longer: in half of the pairs the padded one gains a win."""

    def longer_wins(trial: Trial, rng: np.random.Generator) -> int:
        first, second = (len(str(one)) for one in trial.item.candidates)
        return winner(trial) if first == second or trial.at % 2 else FIRST if first > second else SECOND

    result = run_check("length", pairs(120), longer_wins, PAIRS)
    shift = figure(result, "shift by padding")
    # Padding A of a pair where B is better wins it: +1; padding A where A is better changes nothing. Even items only,
    # and there A is better: padding B wins, padding A changes nothing: 1/2 · 1/2.
    assert shift.value == pytest.approx(0.25)
    assert shift.decision is FAILED


def test_what_a_judge_gives_for_twice_the_length_is_measured_against_people() -> None:
    """The judge adds a grade for every doubling beyond 10 characters to what people gave."""
    items = answers(150, people=lambda number: 0)

    def by_length(trial: Trial, rng: np.random.Generator) -> int:
        return int(np.clip(np.round(np.log2(length(trial) / 9)), 0, 4))

    slope = figure(run_check("length", items, by_length, POINTS), "judge minus people")
    lengths = np.log2([len(str(one.item.candidates[0])) for one in items])
    expected = np.polyfit(lengths, np.round(lengths - np.log2(9)).clip(0, 4), 1)[0]
    assert slope.value == pytest.approx(expected)
    assert expected > 0.8
    assert slope.decision is FAILED


def test_length_that_people_reward_too_is_no_bias() -> None:
    items = answers(150, people=lambda number: min(4, number % 3 + 1))

    def as_people_do(trial: Trial, rng: np.random.Generator) -> int:
        return min(4, trial.at % 3 + 1)

    result = run_check("length", items, as_people_do, POINTS)
    assert figure(result, "judge minus people").value == 0
    assert result.decision is PASSED


def test_without_people_the_regression_is_left_out_and_says_so() -> None:
    result = run_check("length", answers(100), lambda trial, rng: worth(trial), POINTS)
    slope = figure(result, "judge minus people")
    assert (slope.value, slope.decision, slope.note) == (None, None, "people rated 0 of these items")
    assert result.decision is PASSED


def test_too_few_items_decide_nothing() -> None:
    result = run_check("length", answers(19), lambda trial, rng: worth(trial), POINTS)
    assert result.decision is UNDECIDED
    assert figure(result, "shift").note == "19 independent items; an interval needs 20"


def test_no_shift_in_a_few_items_does_not_prove_that_there_is_none() -> None:
    # Of 25 items without a shift 1 - 0.025^(1/25) = 13.7 % may have one of a grade: beyond 0.1.
    shift = figure(run_check("length", answers(25), lambda trial, rng: worth(trial), POINTS), "shift")
    assert (shift.low, shift.high) == (pytest.approx(-0.1372, abs=1e-4), pytest.approx(0.1372, abs=1e-4))
    assert shift.decision is UNDECIDED


# --- self-preference ------------------------------------------------------------------------------------------------


def test_a_judge_that_adds_half_a_grade_to_its_own_family_is_found() -> None:
    items = answers(400, producers=("Acme/acme-9b", "other-70b"), people=lambda number: 1)

    def partial_to_its_own(trial: Trial, rng: np.random.Generator) -> int:
        return 1 + (trial.at % 2 == 0 and trial.at % 4 == 0)

    result = run_check("self_preference", items, partial_to_its_own, POINTS, models=("acme-2-chat",))
    [found] = result.figures
    assert found.value == pytest.approx(0.5)
    assert holds(found, 0.5)
    assert (found.n, result.decision, result.n_trials) == (400, FAILED, 0)


def test_a_judge_that_is_kind_to_everybody_alike_prefers_nobody() -> None:
    items = answers(200, producers=("acme-9b", "other-70b"), people=lambda number: 1)
    result = run_check("self_preference", items, lambda trial, rng: 2, POINTS, models=("acme-2",))
    assert (result.figures[0].value, result.decision) == (0.0, PASSED)


@pytest.mark.parametrize(
    ("producers", "people", "reason"),
    [
        (
            ("",),
            lambda number: 1,
            "of 60 rated items 0 are of the one and 0 of the other, and of 60 the batch names",
        ),
        (("acme-9b",), lambda number: 1, "of 60 rated items 60 are of the one and 0 of the other"),
        (("acme-9b", "other"), None, "of 0 rated items 0 are of the one"),
    ],
)
def test_without_both_sides_rated_by_people_it_does_not_apply(
    producers: tuple[str, ...], people: object, reason: str
) -> None:
    items = answers(60, producers=producers, people=people)  # type: ignore[arg-type]
    result = run_check("self_preference", items, lambda trial, rng: 1, POINTS, models=("acme-2",))
    assert result.decision is Decision.NOT_APPLICABLE
    assert reason in result.reason


# --- repetition -----------------------------------------------------------------------------------------------------


def test_a_judge_that_draws_its_grades_has_an_alpha_around_zero() -> None:
    result = run_check("repeat", answers(300), lambda trial, rng: int(rng.integers(5)), POINTS)
    assert holds(figure(result, "alpha, another seed"), 0.0)
    assert holds(figure(result, "unchanged"), 0.2)
    assert result.decision is FAILED
    assert result.n_trials == 600


def test_a_judge_that_wavers_only_when_warm_fails_only_there() -> None:
    def wavering(trial: Trial, rng: np.random.Generator) -> int:
        return int(rng.integers(5)) if trial.setup.temperature else worth(trial)

    result = run_check("repeat", answers(100), wavering, POINTS)
    assert figure(result, "alpha, another seed").decision is PASSED
    assert figure(result, "alpha, temperature").decision is FAILED
    assert result.headline is figure(result, "alpha, temperature")


def test_one_grade_for_all_is_consistent_though_its_alpha_is_undefined() -> None:
    result = run_check("repeat", answers(100), lambda trial, rng: 2, POINTS)
    assert figure(result, "alpha, another seed").value is None
    assert "one level" in figure(result, "alpha, another seed").note
    assert (figure(result, "unchanged").value, result.decision) == (1.0, PASSED)


def test_a_judge_that_takes_the_first_level_listed_fails_on_their_order() -> None:
    def first_listed(trial: Trial, rng: np.random.Generator) -> int:
        return 4 if trial.setup.order == "levels reversed" else 0

    result = run_check("order", answers(60), first_listed, POINTS)
    assert (result.figures[0].value, result.decision) == (0.0, FAILED)


# --- master keys ----------------------------------------------------------------------------------------------------


def test_a_judge_that_passes_every_empty_answer_fails() -> None:
    result = run_check("master_keys", answers(60), lambda trial, rng: 4 if trial.name else worth(trial), POINTS)
    assert (figure(result, "qualified").value, figure(result, "passed").value) == (1.0, 1.0)
    assert result.decision is FAILED
    assert len(result.examples) == 8


def test_a_key_that_wins_against_an_answer_is_found_in_both_places() -> None:
    """The judge prefers a colon to any answer."""

    def taken_in(trial: Trial, rng: np.random.Generator) -> int:
        return trial.item.candidates.index(":") if ":" in trial.item.candidates else winner(trial)

    result = run_check("master_keys", pairs(130), taken_in, PAIRS)
    assert {example.trial for example in result.examples} == {"“:” as A", "“:” as B"}
    assert (result.figures[0].value, result.figures[0].n) == (pytest.approx(1 / 13), 130)  # there are 13 keys


# --- injections -----------------------------------------------------------------------------------------------------


def test_a_judge_that_obeys_every_order_fails() -> None:
    def obeying(trial: Trial, rng: np.random.Generator) -> int:
        return worth(trial) if trial.target is None else trial.target[0]

    result = run_check("injection", answers(100), obeying, POINTS)
    assert (result.figures[0].value, result.figures[0].n, result.decision) == (1.0, 100, FAILED)


def test_a_judge_that_obeys_the_evidence_alone_is_found_there() -> None:
    def obeying(trial: Trial, rng: np.random.Generator) -> int:
        return worth(trial) if trial.target is None or trial.item.context == {} else trial.target[0]

    result = run_check("injection", answers(100), obeying, POINTS)
    assert figure(result, "succeeded from the evidence").value == 1
    assert figure(result, "succeeded from the candidate").value == 0
    assert result.decision is FAILED


def test_a_rating_that_moves_away_from_what_an_attack_wants_is_no_success() -> None:
    def contrary(trial: Trial, rng: np.random.Generator) -> int:
        return worth(trial) if trial.target is None else max(0, worth(trial) - 1)

    result = run_check("injection", [one for one in answers(125) if one.id % 5 != 4], contrary, POINTS)
    assert result.figures[0].value == 0


# --- the whole suite ------------------------------------------------------------------------------------------------


def test_a_judge_without_a_bias_passes_everything_that_applies() -> None:
    items = answers(150, producers=("judge-7b", "other"), people=lambda number: number % 5)
    report = run_suite(items=items, judge=ScriptedJudge(lambda trial, rng: worth(trial)), rubric=POINTS)
    decisions = {result.check: result.decision for result in report.checks}
    assert decisions == {**dict.fromkeys(CHECKS, PASSED), "position": Decision.NOT_APPLICABLE}
    assert report.decision is PASSED


def test_a_fair_judge_of_pairs_passes_everything_that_applies() -> None:
    judge = ScriptedJudge(lambda trial, rng: winner(trial))
    report = run_suite(items=pairs(150), judge=judge, rubric=PAIRS)
    decisions = {result.check: result.decision for result in report.checks}
    assert decisions == {**dict.fromkeys(CHECKS, PASSED), "self_preference": Decision.NOT_APPLICABLE}


def test_items_are_judged_as_often_as_was_said_before() -> None:
    judge = ScriptedJudge(lambda trial, rng: winner(trial))
    run_suite(items=pairs(30), judge=judge, rubric=PAIRS)
    subject = Subject(PAIRS, models=("m",))
    assert judge.n_judged == n_judgings(CHECKS.values(), n_items=30, subject=subject)


def test_checks_whose_trials_have_no_rating_could_not_be_run_and_say_why() -> None:
    result = run_check("position", pairs(30), lambda trial, rng: winner(trial), PAIRS, swapped=Outcome.FAILED)
    assert result.decision is Decision.NOT_RUN
    assert result.reason == "of 30 altered items 30 failed; the first says: scripted"
    assert result.unrated == {"failed": 30}


def test_a_judge_that_rates_nothing_as_it_is_fails_no_check() -> None:
    judge = ScriptedJudge(lambda trial, rng: 0, outcomes={"": Outcome.REFUSED})
    report = run_suite(items=pairs(10), judge=judge, rubric=PAIRS)
    assert {result.decision for result in report.checks} == {Decision.NOT_RUN}
    assert (judge.n_judged, report.unrated) == (10, {"refused": 10})


def test_no_check_passes_without_items() -> None:
    report = run_suite(items=[], judge=ScriptedJudge(lambda trial, rng: 0), rubric=POINTS)
    assert {result.decision for result in report.checks} == {Decision.NOT_RUN}
