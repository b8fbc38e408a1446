"""Reports as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from annotations.agreement.estimate import Estimate
from annotations.agreement.metrics import METRIC
from annotations.agreement.ordered_pairs import PairAnswer
from annotations.agreement.ranking_report import PairAgreement, RankingReport
from annotations.agreement.report import AgreementReport, CriterionReport

FIGURE_NAMES = {
    "accuracy": "agrees with the majority",
    "majority_baseline": "always the commonest level",
    "always_pass": "always pass",
    "same_order": "pairs in the same order",
    "same_answer": "pairs with the same answer, ties included",
}


def as_text(report: AgreementReport) -> str:
    """One block a criterion, one line a figure: value, interval, n, and what stands against it."""
    assisted = f"{report.n_assisted:,} of them assisted and left out"
    lines = [f"{report.n_items:,} items, {report.n_judgements:,} judgements, {assisted}"]
    for counts in report.raters:
        said = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.outcomes.items()) or "nothing"
        lines.append(f"  {counts.rater.kind} {counts.rater.name}: {said}")
    for criterion in report.criteria:
        lines += ["", f"{criterion.criterion.name} ({criterion.criterion.key}, {criterion.criterion.scale})"]
        rows = list(_rows(criterion))
        width = max(len(figure) for _, figure, _ in rows)
        for who, group in groupby(rows, key=lambda row: row[0]):
            figures = list(group)
            lines.append(f"  {who}")
            lines += [f"    {figure.ljust(width)}  {_line(estimate)}" for _, figure, estimate in figures]
            lines += [f"    left out: {_excluded(figures[0][2])}"] if figures[0][2].excluded else []
    return "\n".join(lines)


def figure_name(name: str) -> str:
    """A figure's name for people."""
    return FIGURE_NAMES.get(name) or METRIC[name].label


def _rows(criterion: CriterionReport) -> Iterator[tuple[str, str, Estimate]]:
    if criterion.ranking is not None:
        yield from _ranking_rows(criterion.ranking, criterion.people.n_people)
        return
    people = f"people with people ({criterion.people.n_people})"
    for name, estimate in criterion.people.figures.items():
        yield people, figure_name(name), estimate
    for judge in criterion.judges:
        who = f"{judge.rater.name} with people"
        for name, estimate in judge.figures.items():
            yield who, figure_name(name), estimate
        for name, estimate in judge.unread_wrong.items():
            yield who, f"{figure_name(name)}, unread replies wrong", estimate
        for name, estimate in judge.passing.items():
            yield who, f"{figure_name(name)}, pass or fail", estimate
        for name, estimate in judge.correlations.items():
            yield who, figure_name(name), estimate
        for measure, comparison in (("share", judge.leave_one_out.share), ("kappa", judge.leave_one_out.kappa)):
            yield who, f"judge with the other people, {measure}", comparison.judge
            yield who, f"a person with the other people, {measure}", comparison.people
            yield who, f"difference, {measure}", comparison.difference


def _ranking_rows(ranking: RankingReport, n_people: int) -> Iterator[tuple[str, str, Estimate]]:
    who = f"people with people ({n_people}), {_of_pairs(ranking.people)}"
    for name, estimate in ranking.people.figures.items():
        yield who, figure_name(name), estimate
    for judge in ranking.judges:
        who = f"{judge.rater.name} with people, {_of_pairs(judge.agreement)}"
        for name, estimate in judge.agreement.figures.items():
            yield who, figure_name(name), estimate
        yield who, "people with each other on the same pairs, Kendall's tau-b", judge.beside.people
        yield who, "judge minus people, Kendall's tau-b", judge.beside.difference


def _of_pairs(agreement: PairAgreement) -> str:
    n_tied = agreement.answers[PairAnswer.ONE_TIES] + agreement.answers[PairAnswer.BOTH_TIE]
    n = sum(agreement.answers.values())
    return f"{agreement.n_groups:,} groups, {agreement.n_pairs:,} pairs, ties in {n_tied:,} of {n:,} comparisons"


def _line(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return f"undefined: {estimate.undefined}"
    interval = "" if math.isnan(estimate.low) else f"[{estimate.low:.3f}, {estimate.high:.3f}]"
    doubt = f"  unreliable: {estimate.doubt}" if estimate.doubt else ""
    return f"{estimate.value:6.3f}  {interval:16}  n = {estimate.n_items:,}{doubt}"


def _excluded(estimate: Estimate) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in estimate.excluded.items())
