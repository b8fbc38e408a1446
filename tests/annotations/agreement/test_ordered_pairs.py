"""Agreement of rankings over pairs of candidates: by hand, against scipy, and where nothing can be said."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import kendalltau

from annotations.agreement import (
    RANKING_FIGURES,
    AgreementReport,
    PairAnswer,
    Ratings,
    agreement_report,
    compared_among,
    compared_with,
    items_in_cell,
    ordered_pairs,
    ranked_groups,
)
from annotations.agreement.ordered_pairs import OrderedPairs, RankedGroups
from annotations.choices import Outcome, RaterKind
from annotations.estimation import IntArray, resample_items
from annotations.rubrics import MISSING
from tests.annotations.agreement.test_report import ratings_of
from tests.factories import ranking_spec

SPEC = ranking_spec(4)
PEOPLE = {"a": RaterKind.PERSON, "b": RaterKind.PERSON, "c": RaterKind.PERSON, "j": RaterKind.JUDGE}


def pairs(*rankings: dict[int, int], groups: IntArray | None = None) -> OrderedPairs:
    """Of raters 0, 1, …; each says the place of candidates by their number. All are of one group unless given."""
    rows = [(item, rater, level) for rater, said in enumerate(rankings) for item, level in said.items()]
    item, rater, level = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return ordered_pairs(item, rater, level, np.zeros(len(item), dtype=np.int64) if groups is None else groups[item])


def ranking(*levels: int) -> dict[int, int]:
    return dict(enumerate(levels))


def values(groups: RankedGroups) -> dict[str, float]:
    return {name: float(figure(groups, groups.observed)[0]) for name, figure in RANKING_FIGURES.items()}


def among(*rankings: dict[int, int]) -> dict[str, float]:
    return values(ranked_groups(compared_among(pairs(*rankings)), is_mutual=True))


def test_two_rankings_of_three_by_hand() -> None:
    # a: 0 1 2, b: 1 0 2.  Pairs 01 opposite, 02 and 12 the same: tau (2 - 1) / 3.
    assert among(ranking(0, 1, 2), ranking(1, 0, 2)) == pytest.approx(
        {"kendall_tau_b": 1 / 3, "same_order": 2 / 3, "same_answer": 2 / 3}
    )


def test_ties_are_no_order_but_an_answer() -> None:
    # a: 0 0 2 3, b: 0 1 1 3.  01: a ties; 12: b ties; 02, 03, 13, 23 the same.
    # tau-b 4 / √((6 - 1)(6 - 1)); of four that neither ties all are the same; of six the answer is the same in four.
    assert among(ranking(0, 0, 2, 3), ranking(0, 1, 1, 3)) == pytest.approx(
        {"kendall_tau_b": 4 / 5, "same_order": 1.0, "same_answer": 4 / 6}
    )
    # Both tie 01: then that pair is the same answer, and no pair that neither ties.
    assert among(ranking(0, 0, 2), ranking(0, 0, 2)) == pytest.approx(
        {"kendall_tau_b": 1.0, "same_order": 1.0, "same_answer": 1.0}
    )


def test_comparisons_are_counted_by_what_two_raters_say() -> None:
    # Three raters on one pair, before, before, tied: of three comparisons one the same, two with a tie of one.
    compared = compared_among(pairs(ranking(0, 1), ranking(0, 1), ranking(0, 0)))
    assert compared.counts() == {
        PairAnswer.SAME: 1, PairAnswer.OPPOSITE: 0, PairAnswer.ONE_TIES: 2, PairAnswer.BOTH_TIE: 0,
    }  # fmt: skip
    # A judge that ties it: with two of them alone, with the third together.
    judged = compared_with(pairs(ranking(0, 0)), pairs(ranking(0, 1), ranking(1, 0), ranking(0, 0)))
    assert judged.n.tolist() == [[0, 0, 2, 0, 1]]
    judged = compared_with(pairs(ranking(0, 1)), pairs(ranking(0, 1), ranking(1, 0), ranking(0, 0)))
    assert judged.n.tolist() == [[1, 1, 0, 1, 0]]


def test_a_pair_weighs_the_same_however_many_ranked_it() -> None:
    # Pair 01: two agree. Pair 23, another group: three of whom two agree, 1 of 3 comparisons the same.
    groups = np.array([0, 0, 1, 1])
    said = pairs({0: 0, 1: 1, 2: 0, 3: 1}, {0: 0, 1: 1, 2: 0, 3: 1}, {2: 1, 3: 0}, groups=groups)
    assert said.first.tolist() == [0, 2]  # never 0 with 2: they are of two groups
    assert values(ranked_groups(compared_among(said), is_mutual=True))["same_order"] == pytest.approx((1 + 1 / 3) / 2)


@pytest.mark.parametrize("seed", range(20))
def test_of_one_group_and_two_raters_it_is_scipys_tau_b(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 5, size=(2, 7))
    one, other = pairs(ranking(*first)), pairs(ranking(*second))
    expected = kendalltau(first, second).statistic
    assert values(ranked_groups(compared_with(one, other)))["kendall_tau_b"] == pytest.approx(expected)


def test_of_many_groups_only_pairs_inside_a_group_count() -> None:
    """Pairs inside groups alone: counted one by one, with the formula as Kendall writes it."""
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(6), 4)
    first, second = rng.integers(0, 4, size=(2, 24))
    signs = [
        (np.sign(first[i] - first[j]), np.sign(second[i] - second[j]))
        for i, j in product(range(24), repeat=2)
        if i < j and groups[i] == groups[j]
    ]
    assert len(signs) == 36
    concordance = sum(one * other for one, other in signs)
    untied = [sum(pair[side] != 0 for pair in signs) for side in (0, 1)]
    compared = compared_with(pairs(ranking(*first), groups=groups), pairs(ranking(*second), groups=groups))
    found = values(ranked_groups(compared))["kendall_tau_b"]
    assert found == pytest.approx(concordance / np.sqrt(untied[0] * untied[1]))


def test_it_does_not_matter_who_is_who_nor_in_which_order_rows_come() -> None:
    rng = np.random.default_rng(5)
    rankings = [ranking(*rng.integers(0, 4, size=5)) for _ in range(4)]
    assert among(*rankings) == pytest.approx(among(*reversed(rankings)))
    shuffled = [dict(reversed(said.items())) for said in rankings]
    assert among(*shuffled) == pytest.approx(among(*rankings))
    renamed = [{4 - item: level for item, level in said.items()} for said in rankings]
    assert among(*renamed) == pytest.approx(among(*rankings))


def test_where_one_side_ties_all_there_is_no_order() -> None:
    found = values(ranked_groups(compared_with(pairs(ranking(0, 0, 0)), pairs(ranking(0, 1, 2)))))
    assert np.isnan(found["kendall_tau_b"])
    assert np.isnan(found["same_order"])
    assert found["same_answer"] == 0.0


def report_of(said: list[tuple[int, str, tuple[int, ...] | Outcome]]) -> tuple[Ratings, IntArray, AgreementReport]:
    """Of groups of candidates: the group, who ranked it, and the places in order."""
    size = max(len(levels) for _, _, levels in said if not isinstance(levels, Outcome))
    rows = [
        (group * size + at, name, levels if isinstance(levels, Outcome) else [levels[at]])
        for group, name, levels in said
        for at in range(size)
    ]
    ratings = ratings_of(SPEC, PEOPLE, rows)
    groups = ratings.items // size
    return ratings, groups, agreement_report(ratings, groups=groups)


SAID: list[tuple[int, str, tuple[int, ...] | Outcome]] = [
    (0, "a", (0, 1, 2)), (0, "b", (0, 2, 1)), (0, "j", (0, 1, 2)),
    (1, "a", (0, 1, 2)), (1, "j", (2, 1, 0)),
    (2, "a", (0, 0, 2)), (2, "b", (0, 1, 2)), (2, "j", Outcome.UNPARSED),
    (3, "j", (0, 1, 2)),
]  # fmt: skip


def test_a_report_of_rankings_by_hand() -> None:
    _, _, report = report_of(SAID)
    ranked = report.criteria[0].ranking
    assert ranked is not None
    # People on groups 0 and 2: 01 and 02 the same, 12 opposite; 02 and 12 the same, 01 tied by one.
    assert (ranked.people.n_groups, ranked.people.n_pairs) == (2, 6)
    assert ranked.people.answers == {"same": 4, "opposite": 1, "one_ties": 1, "both_tie": 0}
    assert ranked.people.figures["same_order"].value == pytest.approx(4 / 5)
    assert ranked.people.figures["same_answer"].value == pytest.approx(4 / 6)
    assert ranked.people.figures["kendall_tau_b"].value == pytest.approx((4 - 1) / 5.5)
    assert ranked.people.figures["kendall_tau_b"].excluded == {"pairs of candidates that one person ranked": 3}
    assert ranked.people.figures["kendall_tau_b"].doubt == "2 groups; the interval needs 30"
    [judge] = ranked.judges
    # On group 0 with a 3 the same, with b 2 the same and 1 opposite; on group 1 with a 3 opposite.
    assert judge.agreement.answers == {"same": 5, "opposite": 4, "one_ties": 0, "both_tie": 0}
    assert (judge.agreement.n_groups, judge.agreement.n_pairs) == (2, 6)
    # A pair of group 0 weighs as one of group 1: 1 + 1 + 1/2 of six are the same.
    assert judge.agreement.figures["same_order"].value == pytest.approx(2.5 / 6)
    assert judge.agreement.figures["same_order"].n_items == 6
    assert judge.agreement.figures["same_order"].excluded == {
        "pairs of candidates that people have not ranked": 3, "replies unparsed": 3,
    }  # fmt: skip
    # Beside people only group 0 can be told of: judge (2.5 - 0.5) / 3, people (2 - 1) / 3.
    assert judge.beside.judge.value == pytest.approx(2 / 3)
    assert judge.beside.people.value == pytest.approx(1 / 3)
    assert judge.beside.difference.value == pytest.approx(1 / 3)


def test_one_group_has_no_interval_to_rely_on_and_none_has_no_value() -> None:
    _, _, report = report_of([(0, "a", (0, 1, 2)), (1, "j", (0, 1, 2))])
    ranked = report.criteria[0].ranking
    assert ranked is not None
    figure = ranked.people.figures["kendall_tau_b"]
    assert np.isnan(figure.value)
    assert figure.undefined == "no two candidates of a group were ranked by two raters"
    assert ranked.judges[0].agreement.figures["same_order"].undefined == figure.undefined


def test_a_figure_that_hangs_on_one_group_is_doubted() -> None:
    # Of 40 groups both tie all but one: a resample without it has no order, 37 in 100 of them.
    said: list[tuple[int, str, tuple[int, ...] | Outcome]] = [
        (group, name, (0, 1) if group == 0 else (0, 0)) for group in range(40) for name in ("a", "b")
    ]
    _, _, report = report_of(said)
    assert report.criteria[0].ranking is not None
    figures = report.criteria[0].ranking.people.figures
    assert str(figures["kendall_tau_b"].doubt).startswith("undefined in ")
    assert figures["same_answer"].doubt == "the interval has no width: every resample gives the same value"


def test_each_answer_has_its_candidates() -> None:
    ratings, groups, _ = report_of(SAID)

    def behind(judge: int | None, answer: PairAnswer | None) -> list[int]:
        return items_in_cell(ratings, criterion="place", judge=judge, groups=groups, pairs=answer).tolist()

    judge = next(rater.id for rater in ratings.raters if rater.kind is RaterKind.JUDGE)
    assert behind(None, None) == [0, 1, 2, 6, 7, 8]
    assert behind(None, PairAnswer.OPPOSITE) == [1, 2]
    assert behind(None, PairAnswer.ONE_TIES) == [6, 7]
    assert behind(None, PairAnswer.BOTH_TIE) == []
    assert behind(judge, None) == [0, 1, 2, 3, 4, 5]
    assert behind(judge, PairAnswer.OPPOSITE) == [1, 2, 3, 4, 5]
    assert behind(99, None) == []


def test_what_is_in_no_group_is_in_no_pair() -> None:
    ratings, groups, _ = report_of(SAID)
    without = agreement_report(ratings, groups=np.full(len(groups), MISSING))
    assert without.criteria[0].ranking is not None
    assert without.criteria[0].ranking.people.n_pairs == 0
    assert agreement_report(ratings).criteria[0].ranking is None


def test_an_interval_of_groups_covers() -> None:
    """40 groups of four under two noisy rankers: 95 % intervals cover the value of very many groups."""
    rng = np.random.default_rng(11)

    def drawn(n_groups: int) -> RankedGroups:
        worth = rng.normal(size=(n_groups, 4))
        said = [(worth + 0.8 * rng.normal(size=worth.shape)).argsort().argsort().ravel() for _ in range(2)]
        groups = np.arange(n_groups * 4) // 4
        return ranked_groups(compared_with(*(pairs(ranking(*one), groups=groups) for one in said)))

    tau = RANKING_FIGURES["kendall_tau_b"]
    many = drawn(30_000)
    truth = float(tau(many, many.observed)[0])
    n_trials, hits = 300, 0
    for _ in range(n_trials):
        groups = drawn(40)
        resamples = resample_items(groups.n_items, rng=rng, n_resamples=400)
        interval = resamples.interval(tau(groups, resamples.weights), value=float(tau(groups, groups.observed)[0]))
        hits += interval.low <= truth <= interval.high
    # Nominal 0.95, known to cover about 0.93 with so few groups; three standard errors of 300 trials are 0.044.
    assert hits / n_trials > 0.93 - 3 * np.sqrt(0.93 * 0.07 / n_trials)
