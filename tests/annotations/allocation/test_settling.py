from __future__ import annotations

from itertools import permutations, product

import pytest

from annotations.allocation import Decision, settle
from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec

LEVELS = tuple(LevelSpec(key=key, label=key.title()) for key in ("good", "fair", "bad"))


def criteria(*scales: Scale) -> tuple[CriterionSpec, ...]:
    return tuple(
        CriterionSpec(key=f"c{n}", name=f"Criterion {n}", scale=scale, levels=LEVELS) for n, scale in enumerate(scales)
    )


ONE = criteria(Scale.NOMINAL)
TWO = criteria(Scale.NOMINAL, Scale.NOMINAL)


@pytest.mark.parametrize(
    ("levels", "agree"),
    [
        ([], True),
        ([0], True),
        ([0, 0], True),
        ([0, 1], False),
        ([0, 0, 1], True),  # 2 of 3
        ([0, 1, 2], False),
        ([0, 0, 1, 1], False),  # 2 of 4 are not more than half
        ([0, 0, 0, 1], True),
        ([0, 0, 1, 2, 2], False),  # the most frequent level has 2 of 5
        ([0, 0, 0, 1, 2], True),
    ],
)
def test_more_than_half_of_the_answers_have_to_say_the_same(levels: list[int], agree: bool) -> None:
    outcome = settle([[level] for level in levels], ONE, wanted=max(2, len(levels)), most_overlap=None)
    assert outcome.decision == (Decision.SETTLED if agree else Decision.DISPUTE)
    assert (outcome.criteria, bool(outcome.reason)) == (() if agree else (0,), not agree)


@pytest.mark.parametrize(
    ("wanted", "most", "decision"),
    [
        (2, None, Decision.DISPUTE),
        (2, 3, Decision.ASK_ONE_MORE),
        (2, 2, Decision.DISPUTE),
        (3, 3, Decision.DISPUTE),
        (4, 3, Decision.DISPUTE),  # an item that had more places than the policy would ask
    ],
)
def test_one_more_is_asked_while_the_policy_allows_it(wanted: int, most: int | None, decision: Decision) -> None:
    assert settle([[0], [1]], ONE, wanted=wanted, most_overlap=most).decision == decision


def test_every_criterion_has_to_be_settled_and_the_reason_names_those_that_are_not() -> None:
    outcome = settle([[0, 1], [0, 0], [0, 2]], TWO, wanted=3, most_overlap=None)
    assert outcome.decision == Decision.DISPUTE
    assert outcome.criteria == (1,)
    assert outcome.reason == "Criterion 1: 1 Good, 1 Fair, 1 Bad"


def test_different_people_may_make_the_majorities() -> None:
    assert settle([[0, 0], [0, 1], [1, 1]], TWO, wanted=3, most_overlap=None).decision == Decision.SETTLED


@pytest.mark.parametrize("scale", list(Scale))
def test_the_scale_changes_the_words_and_never_the_decision(scale: Scale) -> None:
    outcome = settle([[0], [2]], criteria(scale), wanted=2, most_overlap=None)
    assert outcome.decision == Decision.DISPUTE
    assert ("2 levels apart" in outcome.reason) == (scale in (Scale.ORDINAL, Scale.BINARY))
    assert settle([[0], [1]], criteria(scale), wanted=2, most_overlap=None).decision == Decision.DISPUTE
    assert settle([[1], [1]], criteria(scale), wanted=2, most_overlap=None).decision == Decision.SETTLED


def test_a_level_that_was_not_given_counts_for_none() -> None:
    assert settle([[0], [None]], ONE, wanted=2, most_overlap=None).reason == "Criterion 0: 1 Good"
    assert settle([[None], [None]], ONE, wanted=2, most_overlap=None).reason == "Criterion 0: no level given"
    assert settle([[0], [0], [None]], ONE, wanted=3, most_overlap=None).decision == Decision.SETTLED


def test_an_answer_of_another_rubric_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 levels in an answer, got 1"):
        settle([[0, 1], [0]], TWO, wanted=2, most_overlap=None)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_neither_the_order_of_the_raters_nor_the_names_of_the_levels_matter(n: int) -> None:
    for answers in product(range(3), repeat=n):
        outcome = settle([[level] for level in answers], ONE, wanted=n, most_overlap=n + 1)
        for order in set(permutations(answers)):
            assert settle([[level] for level in order], ONE, wanted=n, most_overlap=n + 1) == outcome
        for names in permutations(range(3)):
            renamed = settle([[names[level]] for level in answers], ONE, wanted=n, most_overlap=n + 1)
            assert (renamed.decision, renamed.criteria) == (outcome.decision, outcome.criteria)
        # more than half, counted plainly
        settled = any(2 * answers.count(level) > n for level in range(3))
        assert (outcome.decision == Decision.SETTLED) == settled
