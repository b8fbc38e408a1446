"""The whole report on ratings small enough to count by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from annotations.agreement import OUTCOMES, AgreementReport, RaterFacts, Ratings, agreement_report, qualified_levels
from annotations.choices import Outcome, RaterKind, Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec, RubricSpec

PASS_FAIL = (LevelSpec("pass", "Pass", 1, True), LevelSpec("fail", "Fail", 0, False))
GRADES = (
    LevelSpec("excellent", "Excellent", 3, True),
    LevelSpec("good", "Good", 2, True),
    LevelSpec("bad", "Bad", 1, False),
)


def rubric(*scales: tuple[Scale, tuple[LevelSpec, ...]]) -> RubricSpec:
    return RubricSpec(
        "r", tuple(CriterionSpec(f"c{i}", f"C{i}", scale, levels) for i, (scale, levels) in enumerate(scales))
    )


BINARY = rubric((Scale.BINARY, PASS_FAIL))
Row = tuple[int, str, Sequence[int] | Outcome]


def ratings_of(spec: RubricSpec, kinds: Mapping[str, RaterKind], rows: Sequence[Row], **more: object) -> Ratings:
    """Rows of (item, rater, levels or an outcome without any)."""
    names = list(kinds)
    unrated = [MISSING] * len(spec.criteria)
    scores = more.get("scores", np.full((len(rows), len(spec.criteria)), np.nan))
    return Ratings(
        rubric=spec,
        raters=tuple(RaterFacts(i, kinds[name], name) for i, name in enumerate(names)),
        items=np.arange(max(item for item, _, _ in rows) + 1),
        item=np.array([item for item, _, _ in rows]),
        rater=np.array([names.index(name) for _, name, _ in rows]),
        outcome=np.array([OUTCOMES.index(said if isinstance(said, Outcome) else Outcome.RATED) for _, _, said in rows]),
        assisted=np.array(more.get("assisted", [False] * len(rows))),
        levels=np.array([unrated if isinstance(said, Outcome) else list(said) for _, _, said in rows]),
        scores=np.array(scores, dtype=np.float64),
    )


KINDS = {"a": RaterKind.PERSON, "b": RaterKind.PERSON, "j": RaterKind.JUDGE}


def small() -> Ratings:
    # item: a b j   0: pass pass pass · 1: pass fail pass · 2: fail fail pass · 3: fail – unparsed · 4: – – pass
    return ratings_of(
        BINARY,
        KINDS,
        [
            (0, "a", [0]), (0, "b", [0]), (0, "j", [0]),
            (1, "a", [0]), (1, "b", [1]), (1, "j", [0]),
            (2, "a", [1]), (2, "b", [1]), (2, "j", [0]),
            (3, "a", [1]), (3, "j", Outcome.UNPARSED),
            (4, "j", [0]),
        ],
    )  # fmt: skip


def test_a_judge_is_held_to_the_majority_and_what_is_left_out_is_counted() -> None:
    [criterion] = agreement_report(small()).criteria
    [judge] = criterion.judges
    # Majorities: pass, tie, fail, fail, none. The judge was read on items 0, 1, 2 and 4.
    assert judge.confusion == ((1, 1), (0, 0))
    assert judge.unread == (0, 1)
    assert judge.figures["accuracy"].value == pytest.approx(1 / 2)
    assert judge.figures["majority_baseline"].value == pytest.approx(1 / 2)
    assert judge.figures["accuracy"].excluded == {
        "items people have not rated": 1,
        "replies unparsed": 1,
        "items where people tie": 1,
    }
    assert judge.outcomes == {Outcome.RATED: 4, Outcome.UNPARSED: 1}


def test_an_unread_reply_is_a_miss_in_its_own_figure_only() -> None:
    [judge] = agreement_report(small()).criteria[0].judges
    # One hit of three items; recall 1 of pass, 0 of 2 of fail.
    assert judge.unread_wrong["accuracy"].value == pytest.approx(1 / 3)
    assert judge.unread_wrong["macro_recall"].value == pytest.approx(1 / 2)
    assert judge.unread_wrong["accuracy"].n_items == 3
    assert "replies unparsed" not in judge.unread_wrong["accuracy"].excluded
    assert judge.figures["accuracy"].n_items == 2


def test_people_among_themselves_are_the_ceiling() -> None:
    people = agreement_report(small()).criteria[0].people
    assert people.n_people == 2
    assert people.figures["percent_agreement"].value == pytest.approx(2 / 3)
    assert people.figures["percent_agreement"].n_items == 3
    assert people.figures["percent_agreement"].excluded == {"items with one person's rating": 1}
    assert people.level_counts == (3, 4)
    [pair] = people.pairs
    # Table [[1, 1], [0, 1]]: P_o 2/3, P_e (2·1 + 1·2) / 9 = 4/9, kappa (2/9) / (5/9)
    assert pair.figures["cohen_kappa_nominal"].value == pytest.approx(0.4)


def test_assisted_annotations_take_no_part_and_are_counted() -> None:
    plain = small()
    shown = np.zeros(len(plain.item), dtype=bool)
    shown[1] = True  # b on item 0
    report = agreement_report(Ratings(**{**vars(plain), "assisted": shown}))
    assert report.n_assisted == 1
    assert report.criteria[0].people.figures["percent_agreement"].n_items == 2
    assert next(counts.n_assisted for counts in report.raters if counts.rater.name == "b") == 1


def test_passing_is_the_positive_class_whatever_the_number_of_levels() -> None:
    spec = rubric((Scale.ORDINAL, GRADES))
    kinds = {"a": RaterKind.PERSON, "j": RaterKind.JUDGE}
    pairs = [(0, 1), (1, 1), (2, 2), (0, 2), (2, 0)]  # judge, people
    rows: list[Row] = [row for i, (j, a) in enumerate(pairs) for row in ((i, "a", [a]), (i, "j", [j]))]
    [judge] = agreement_report(ratings_of(spec, kinds, rows)).criteria[0].judges
    # Pass is excellent or good: judge passes 0, 1, 3; people pass 0, 1, 4; both 0, 1; both fail 2.
    passing = {name: estimate.value for name, estimate in judge.passing.items()}
    assert passing == pytest.approx(
        {
            "accuracy": 3 / 5,
            "precision": 2 / 3,
            "recall": 2 / 3,
            "f1": 2 / 3,
            "specificity": 1 / 2,
            "always_pass": 3 / 5,
        }
    )
    assert judge.figures["accuracy"].value == pytest.approx(2 / 5)


def test_people_who_differ_on_the_level_may_agree_on_passing() -> None:
    spec = rubric((Scale.ORDINAL, GRADES))
    rows: list[Row] = [
        (0, "a", [0]), (0, "b", [1]), (0, "j", [1]),  # excellent and good: no level, but a pass
        (1, "a", [0]), (1, "b", [2]), (1, "j", [1]),  # excellent and bad: neither
        (2, "a", [2]), (2, "b", [2]), (2, "j", [2]),
    ]  # fmt: skip
    [judge] = agreement_report(ratings_of(spec, KINDS, rows)).criteria[0].judges
    assert judge.figures["accuracy"].n_items == 1
    assert judge.figures["accuracy"].excluded == {"items where people tie": 2}
    assert judge.passing["accuracy"].n_items == 2
    assert judge.passing["accuracy"].value == 1.0
    assert judge.passing["accuracy"].excluded == {"items where people tie": 1}


def test_the_joint_outcome_fails_at_one_failing_criterion_and_waits_for_missing_ones() -> None:
    spec = rubric((Scale.BINARY, PASS_FAIL), (Scale.ORDINAL, GRADES), (Scale.NOMINAL, (LevelSpec("x", "X"),)))
    cases = [[0, 0, 0], [0, 1, MISSING], [1, MISSING, 0], [0, MISSING, 0], [0, 2, 0], [MISSING, MISSING, 0]]
    joint = qualified_levels(spec, np.array(cases))
    assert joint.tolist() == [0, 0, 1, MISSING, 1, MISSING]
    for levels, position in zip(cases, joint, strict=True):
        qualifies = spec.qualifies([None if level == MISSING else level for level in levels])
        assert qualifies == {0: True, 1: False, MISSING: None}[position]


def test_the_joint_outcome_has_a_report_where_two_criteria_can_pass() -> None:
    two = rubric((Scale.BINARY, PASS_FAIL), (Scale.BINARY, PASS_FAIL))
    report = agreement_report(ratings_of(two, KINDS, [(0, "a", [0, 1]), (0, "b", [0, 0]), (0, "j", [0, 0])]))
    assert [criterion.criterion.key for criterion in report.criteria] == ["c0", "c1", "qualified"]
    assert [criterion.criterion.key for criterion in agreement_report(small()).criteria] == ["c0"]


def test_correlations_use_reals_where_given_and_level_values_elsewhere() -> None:
    spec = rubric((Scale.ORDINAL, GRADES))
    kinds = {"a": RaterKind.PERSON, "b": RaterKind.PERSON, "j": RaterKind.JUDGE}
    people = [(0, 1), (1, 1), (2, 1), (2, 2)]
    reals = [2.9, 2.1, 1.8, math.nan]
    rows: list[Row] = []
    scores = []
    for item, ((a, b), real) in enumerate(zip(people, reals, strict=True)):
        rows += [(item, "a", [a]), (item, "b", [b]), (item, "j", [1])]
        scores += [[math.nan], [math.nan], [real]]
    [judge] = agreement_report(ratings_of(spec, kinds, rows, scores=scores)).criteria[0].judges
    # Means of people's values 3, 2, 1: 2.5 2 1.5 1; the judge 2.9 2.1 1.8 and, without a real, good = 2.
    assert judge.correlations["pearson_r"].value == pytest.approx(
        np.corrcoef([2.9, 2.1, 1.8, 2], [2.5, 2, 1.5, 1])[0, 1]
    )
    assert judge.correlations["mean_difference"].value == pytest.approx((0.4 + 0.1 + 0.3 + 1.0) / 4)
    assert "items where people tie" not in judge.correlations["pearson_r"].excluded


def test_a_published_aggregate_stands_in_where_no_person_is_known_and_there_is_no_ceiling() -> None:
    kinds = {"crowd": RaterKind.PEOPLE, "j": RaterKind.JUDGE}
    rows: list[Row] = [(0, "crowd", [0]), (0, "j", [0]), (1, "crowd", [1]), (1, "j", [0])]
    report = agreement_report(ratings_of(BINARY, kinds, rows))
    assert report.reference is RaterKind.PEOPLE
    [criterion] = report.criteria
    assert criterion.judges[0].figures["accuracy"].value == pytest.approx(1 / 2)
    assert math.isnan(criterion.people.figures["percent_agreement"].value)
    assert criterion.people.figures["percent_agreement"].undefined == "no item was rated by two raters"
    assert criterion.judges[0].leave_one_out.share.judge.undefined is not None


def test_an_aggregate_takes_no_part_beside_persons() -> None:
    kinds = {**KINDS, "crowd": RaterKind.PEOPLE}
    rows: list[Row] = [(0, "a", [0]), (0, "b", [0]), (0, "crowd", [1]), (0, "j", [0])]
    report = agreement_report(ratings_of(BINARY, kinds, rows))
    assert report.reference is RaterKind.PERSON
    assert report.criteria[0].judges[0].figures["accuracy"].value == 1.0


def same(first: AgreementReport, second: AgreementReport) -> bool:
    return repr(first) == repr(second)


def test_the_same_judgements_in_another_order_give_the_same_report() -> None:
    rng = np.random.default_rng(0)
    rows: list[Row] = [(i, name, [int(rng.integers(2))]) for i in range(60) for name in KINDS]
    ratings = ratings_of(BINARY, KINDS, rows)
    order = rng.permutation(len(rows))
    shuffled = [rows[i] for i in order]
    assert same(agreement_report(ratings), agreement_report(ratings_of(BINARY, KINDS, shuffled)))
