"""Panel of a criterion that ranks: agreement on pairs of candidates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.agreement import MIN_GROUPS, JudgeRankings, PairAgreement, RankingReport
from annotations.charts import Hue, Interval, IntervalChart, interval_chart
from annotations.rubrics import CriterionSpec
from annotations.selectors.items import PAIR_ANSWERS
from annotations.templatetags.figures import grouped
from annotations.views.agreement_figures import Figure, Links, figures_of

BY_CHANCE: Final = 0.5


@dataclass(frozen=True)
class AnswerRow:
    """Comparisons of two raters that end in one way, and where their candidates are."""

    label: str
    n: int
    url: str


@dataclass(frozen=True)
class PairPanel:
    """Two sides that rank; `url` is of all candidates that both ranked."""

    agreement: PairAgreement
    url: str
    figures: list[Figure]
    answers: list[AnswerRow]

    @property
    def n_comparisons(self) -> int:
        return sum(self.agreement.answers.values())


@dataclass(frozen=True)
class JudgePairPanel:
    report: JudgeRankings
    pairs: PairPanel
    beside: list[Figure]


@dataclass(frozen=True)
class RankingPanel:
    people: PairPanel
    judges: list[JudgePairPanel]
    charts: list[IntervalChart]


def ranking_panel(criterion: CriterionSpec, report: RankingReport, links: Links) -> RankingPanel:
    people = _pair_panel(criterion, report.people, links, judge=None)
    judges = [judge_pair_panel(criterion, judge, links) for judge in report.judges]
    return RankingPanel(people, judges, _charts(criterion, people, judges))


def judge_pair_panel(criterion: CriterionSpec, judge: JudgeRankings, links: Links) -> JudgePairPanel:
    """One judge with people; its card shows no more."""
    return JudgePairPanel(
        report=judge,
        pairs=_pair_panel(criterion, judge.agreement, links, judge=judge.rater.id),
        beside=[
            Figure(_("Judge, tau-b"), judge.beside.judge),
            Figure(_("People with each other, tau-b"), judge.beside.people),
            Figure(_("Judge minus people, tau-b"), judge.beside.difference),
        ],
    )


def _pair_panel(criterion: CriterionSpec, agreement: PairAgreement, links: Links, *, judge: int | None) -> PairPanel:
    whose = {} if judge is None else {"judge": judge}
    return PairPanel(
        agreement=agreement,
        url=links.items(criterion, **whose),
        figures=figures_of(agreement.figures),
        answers=[
            AnswerRow(str(PAIR_ANSWERS[answer]), n, links.items(criterion, **whose, paired=answer.value))
            for answer, n in agreement.answers.items()
        ],
    )


def _charts(criterion: CriterionSpec, people: PairPanel, judges: list[JudgePairPanel]) -> list[IntervalChart]:
    """None where no side has enough groups: what too few say is read from the table, with the doubt beside it."""
    ceiling = people.agreement.figures["kendall_tau_b"].value
    tau = list(_rows("kendall_tau_b", people, judges, ceiling=ceiling))
    if all(row.undefined for row in tau):
        return []
    name = criterion.name
    return [
        interval_chart(
            title=_("%(name)s: order of two candidates of a group, Kendall’s tau-b with people") % {"name": name},
            intervals=tau,
            ceiling_name=_("people with each other"),
        ),
        interval_chart(
            title=_("%(name)s: share of pairs in the same order, of those that neither ties") % {"name": name},
            intervals=list(_rows("same_order", people, judges, floor=BY_CHANCE)),
            floor_name=_("by chance"),
        ),
    ]


def _rows(
    figure: str,
    people: PairPanel,
    judges: list[JudgePairPanel],
    *,
    floor: float = math.nan,
    ceiling: float = math.nan,
) -> Iterator[Interval]:
    panels: list[tuple[str, PairPanel, Hue]] = [(_("a person"), people, "human")]
    panels += [(judge.report.rater.name, judge.pairs, "judge") for judge in judges]
    for label, panel, hue in panels:
        estimate = panel.agreement.figures[figure]
        n = panel.agreement.n_groups
        too_few = n < MIN_GROUPS
        yield Interval(
            label=label,
            value=math.nan if too_few else estimate.value,
            low=math.nan if too_few else estimate.low,
            high=math.nan if too_few else estimate.high,
            note=ngettext("%(n)s group", "%(n)s groups", n) % {"n": grouped(n)},
            hue=hue,
            url=panel.url,
            undefined=estimate.undefined or (estimate.doubt if too_few else None),
            floor=floor,
            ceiling=math.nan if people.agreement.n_groups < MIN_GROUPS else ceiling,
        )
