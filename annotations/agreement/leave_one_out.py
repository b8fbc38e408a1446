"""A judge held to the same people as a person is: the human-human ceiling and the judge beside it.

From each item each person is left out in turn. The person is scored against the majority of the others, and
the judge against the same others: comparing the judge with the majority of all would favour it. A turn whose
others tie has no reference for either side and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.aggregation import majority
from annotations.agreement.classification import accuracy
from annotations.agreement.estimate import ONE_LEVEL, Estimate, Sample, estimate_of
from annotations.agreement.patterns import Contingency, Patterns, distinct_rows
from annotations.agreement.ratio import ratio
from annotations.agreement.two_raters import cohen_kappa
from annotations.estimation import FloatArray, IntArray, Resamples
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _


@dataclass(frozen=True)
class JudgedPatterns(Patterns):
    """People's ratings of an item with the judge's beside them.

    Attributes:
        counts: (n_patterns, n_levels); people's ratings at each level, at least two in each row.
        judge: (n_patterns,); the judge's level.
        values: (n_levels,); the numbers of the levels, in order.
    """

    counts: IntArray
    judge: IntArray
    values: FloatArray


@dataclass(frozen=True)
class Comparison:
    """One statistic of the judge and of the people against the same others, on the same resampled items.

    `difference` is judge minus people. Above 0 the judge tells what people agree on better than one of them
    does, which is possible and legitimate.
    """

    judge: Estimate
    people: Estimate
    difference: Estimate


@dataclass(frozen=True)
class LeaveOneOut:
    """Judge and people turn by turn.

    Attributes:
        share: turns with the level of the other people.
        kappa: Cohen's kappa with the level of the other people.
        baseline: share of a rater who always gives the level that is commonest among the others.
    """

    share: Comparison
    kappa: Comparison
    baseline: Estimate


def judged_patterns(counts: IntArray, judge: IntArray, values: FloatArray) -> JudgedPatterns:
    """Patterns of the items that the judge and at least two people rated.

    Args:
        counts: (n_items, n_levels); people's ratings at each level.
        judge: (n_items,); the judge's level, `MISSING` where there is none.
        values: (n_levels,); the numbers of the levels.
    """
    shared = (counts.sum(axis=1) >= 2) & (judge != MISSING)
    rows, n_items = distinct_rows(np.column_stack([counts[shared], judge[shared]]))
    return JudgedPatterns(n_items=n_items, counts=rows[:, :-1], judge=rows[:, -1], values=values)


def leave_one_out(
    patterns: JudgedPatterns,
    resamples: Resamples,
    *,
    n_raters: int,
    excluded: Mapping[str, int] | None = None,
) -> LeaveOneOut:
    """Judge and people against the other people, with their difference.

    Args:
        resamples: of the items behind `patterns`; shared by all figures.
        n_raters: how many people rated.
        excluded: what was left out before, by reason; turns without a majority are added.
    """
    judge, people, turns, n_tied = _turns(patterns)
    with_turn = turns.sum(axis=1) > 0
    sample = Sample(
        n_items=int(patterns.n_items[with_turn].sum()),
        n_raters=n_raters + 1,
        n_pairs=int((patterns.n_items[:, None] * turns).sum()),
        n_minority=_n_minority(patterns, with_turn),
        excluded={**(excluded or {}), _("turns whose other people tie"): n_tied},
    )
    # Row 0 is the items as they are, the others the resamples.
    weights = np.concatenate([patterns.observed, resamples.weights])
    cells = Contingency(n_items=np.zeros(judge.shape[1], dtype=np.int64), values=patterns.values)
    judge_tables, people_tables = weights @ judge, weights @ people

    def figure(values: FloatArray) -> Estimate:
        interval = resamples.interval(values[1:], value=float(values[0]))
        return estimate_of(float(values[0]), interval, sample, undefined=_undefined(sample))

    def comparison(statistic: Callable[[Contingency, FloatArray], FloatArray]) -> Comparison:
        j, h = statistic(cells, judge_tables), statistic(cells, people_tables)
        return Comparison(judge=figure(j), people=figure(h), difference=figure(j - h))

    return LeaveOneOut(
        share=comparison(accuracy), kappa=comparison(cohen_kappa), baseline=figure(_baseline(cells, people_tables))
    )


def _baseline(cells: Contingency, people_tables: FloatArray) -> FloatArray:
    """Share of the others' commonest level; the level is that of all items, so that resamples do not favour it."""
    references = cells.tables(people_tables).sum(axis=1)
    return ratio(references[:, references[0].argmax()], references.sum(axis=1))


def _undefined(sample: Sample) -> str:
    if not sample.n_pairs:
        return _("no item was rated by the judge and by two people whose other ratings have a majority")
    return ONE_LEVEL


def _turns(patterns: JudgedPatterns) -> tuple[FloatArray, FloatArray, IntArray, int]:
    """Each pattern's part of the judge's and of the people's contingency table with the others' majority.

    Returns: two arrays (n_patterns, n_levels²); the turns (n_patterns, n_levels) that have a reference; and
        the number of turns without one. A turn weighs 1 / the item's ratings, so that items weigh alike.
    """
    n_patterns, n_levels = patterns.counts.shape
    judge = np.zeros((n_patterns, n_levels * n_levels))
    people = np.zeros((n_patterns, n_levels * n_levels))
    turns = np.zeros((n_patterns, n_levels), dtype=np.int64)
    n_tied = 0
    row = np.arange(n_patterns)
    for level in range(n_levels):
        given = patterns.counts[:, level]
        others = patterns.counts - (given > 0)[:, None] * (np.arange(n_levels) == level)
        reference = majority(others)
        decided = (given > 0) & (reference != MISSING)
        n_tied += int((patterns.n_items * given)[(given > 0) & ~decided].sum())
        share = (given / patterns.counts.sum(axis=1))[decided]
        turns[decided, level] = given[decided]
        judge[row[decided], patterns.judge[decided] * n_levels + reference[decided]] += share
        people[row[decided], level * n_levels + reference[decided]] += share
    return judge, people, turns, n_tied


def _n_minority(patterns: JudgedPatterns, with_turn: NDArray[np.bool_]) -> int:
    ratings = patterns.counts + (patterns.judge[:, None] == np.arange(patterns.counts.shape[1]))
    if not len(ratings):
        return 0
    commonest = int((patterns.n_items @ ratings).argmax())
    other = ratings.sum(axis=1) > ratings[:, commonest]
    return int(patterns.n_items[with_turn & other].sum())
