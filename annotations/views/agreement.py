"""How well people agree with each other, and each judge with people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.agreement import (
    AgreementReport,
    Comparison,
    CriterionReport,
    Estimate,
    JudgeReport,
    figure_name,
)
from annotations.charts import Interval, IntervalChart, interval_chart
from annotations.choices import Scale
from annotations.forms.agreement import AgreementForm
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.rubrics import CriterionSpec
from annotations.selectors.agreement import comparable_criteria, project_agreement
from annotations.templatetags.figures import grouped
from annotations.templatetags.vocabulary import in_words
from annotations.views.agreement_figures import Figure, FigureGroup, Links, figures_of, interval_of
from annotations.views.ranking_panels import RankingPanel, ranking_panel

ALL_AT_ONCE: Final = 40
"""Up to so many comparisons of a judge on a criterion the page shows every criterion; above, one at a time."""

_NOMINAL_HEADLINE: Final = (
    "accuracy",
    "majority_baseline",
    "cohen_kappa_nominal",
    "krippendorff_alpha_nominal",
    "gwet_ac1",
)
_ORDINAL_HEADLINE: Final = (
    "accuracy",
    "majority_baseline",
    "cohen_kappa_linear",
    "krippendorff_alpha_ordinal",
    "gwet_ac2_quadratic",
)
_SHADES: Final = 5


@dataclass(frozen=True)
class Cell:
    n: int
    url: str
    shade: int
    agrees: bool


@dataclass(frozen=True)
class ConfusionRow:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class JudgePanel:
    """One judge on one criterion."""

    report: JudgeReport
    url: str
    headline: list[Figure]
    groups: list[FigureGroup]
    level_rows: list[tuple[str, list[Estimate]]]
    confusion: list[ConfusionRow]
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class CriterionPanel:
    report: CriterionReport
    url: str
    people: list[Figure]
    level_counts: list[tuple[str, int]]
    charts: list[IntervalChart]
    judges: list[JudgePanel]
    ranking: RankingPanel | None = None


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def agreement(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    form = AgreementForm(request.GET, project=project)
    form.is_valid()
    comparable = comparable_criteria(project)
    keys = [criterion.key for criterion in comparable.criteria]
    criterion = request.GET.get("criterion", "")
    if criterion not in keys:
        criterion = keys[0] if comparable.n_judges * len(keys) > ALL_AT_ONCE else ""
    report = project_agreement(project=project, criterion=criterion or None, item_slice=form.item_slice())
    kept = {"slice": request.GET["slice"]} if form.item_slice() else {}
    links = Links(project, kept)
    context = {
        "form": form,
        "report": report,
        "criterion": criterion,
        "criteria": comparable.criteria,
        "shows_all": comparable.n_judges * len(keys) <= ALL_AT_ONCE,
        "kept": urlencode(kept),
        "panels": [_criterion_panel(found, links) for found in report.criteria],
        "has_people": any(found.people.n_people for found in report.criteria),
        "has_judges": any(found.judges for found in report.criteria),
        "n_simulated": sum(
            counts.rater.is_simulated and counts.rater.kind is report.reference for counts in report.raters
        ),
        "left_out": _left_out(report),
    }
    return render(request, "annotations/agreement.html", context)


def _left_out(report: AgreementReport) -> list[tuple[str, str]]:
    """What the raters gave that is in no figure, by rater."""
    lines = []
    for counts in report.raters:
        unread = [f"{grouped(n)} {in_words(outcome)}" for outcome, n in counts.outcomes.items() if outcome != "rated"]
        if counts.n_assisted:
            unread.append(f"{grouped(counts.n_assisted)} {_('assisted')}")
        if unread:
            lines.append((counts.rater.name, ", ".join(unread)))
    return lines


def _criterion_panel(report: CriterionReport, links: Links) -> CriterionPanel:
    url = links.items(report.criterion)
    if report.ranking is not None:
        ranking = ranking_panel(report.criterion, report.ranking, links)
        return CriterionPanel(report, url, people=[], level_counts=[], charts=[], judges=[], ranking=ranking)
    return CriterionPanel(
        report=report,
        url=url,
        people=[Figure(in_words(figure_name(name)), estimate) for name, estimate in report.people.figures.items()],
        level_counts=[
            (level.label, n) for level, n in zip(report.criterion.levels, report.people.level_counts, strict=True)
        ],
        charts=_charts(report, links) if report.judges else [],
        judges=[_judge_panel(report.criterion, judge, links) for judge in report.judges],
    )


def _charts(report: CriterionReport, links: Links) -> list[IntervalChart]:
    """Share and kappa turn by turn where people overlap; else agreement with the majority."""
    name = report.criterion.name
    if all(math.isnan(judge.leave_one_out.share.judge.value) for judge in report.judges):
        rows = [
            interval_of(
                judge.rater.name,
                judge.figures["accuracy"],
                links.items(report.criterion, judge=judge.rater.id),
                floor=judge.figures["majority_baseline"].value,
            )
            for judge in report.judges
        ]
        title = _("%(name)s: share of items where the judge gives the people’s level") % {"name": name}
        return [interval_chart(title=title, intervals=rows, floor_name=_("always the commonest level"))]
    return [
        interval_chart(
            title=_("%(name)s: agreement with the majority of the other people") % {"name": name},
            intervals=list(_turn_rows(report, links, "share")),
            floor_name=_("always the commonest level"),
            ceiling_name=_("a person"),
        ),
        interval_chart(
            title=_("%(name)s: the same corrected for chance, Cohen’s kappa") % {"name": name},
            intervals=list(_turn_rows(report, links, "kappa")),
            ceiling_name=_("a person"),
        ),
    ]


def _turn_rows(report: CriterionReport, links: Links, measure: str) -> Iterator[Interval]:
    """One of the people, who shares the references of the first judge; then every judge."""
    for index, judge in enumerate(report.judges):
        comparison: Comparison = getattr(judge.leave_one_out, measure)
        floor = judge.leave_one_out.baseline.value if measure == "share" else math.nan
        ceiling = comparison.people.value
        if not index:
            url = links.items(report.criterion)
            yield interval_of(_("a person"), comparison.people, url, hue="human", floor=floor, ceiling=ceiling)
        url = links.items(report.criterion, judge=judge.rater.id)
        yield interval_of(judge.rater.name, comparison.judge, url, floor=floor, ceiling=ceiling)


def _judge_panel(criterion: CriterionSpec, judge: JudgeReport, links: Links) -> JudgePanel:
    turns = judge.leave_one_out
    headline = _ORDINAL_HEADLINE if criterion.scale == Scale.ORDINAL else _NOMINAL_HEADLINE
    groups = [
        FigureGroup(
            _("Held to the same other people, turn by turn"),
            [
                Figure(_("Judge"), turns.share.judge),
                Figure(_("One of the people"), turns.share.people),
                Figure(_("Always the commonest level"), turns.baseline),
                Figure(_("Judge, kappa"), turns.kappa.judge),
                Figure(_("One of the people, kappa"), turns.kappa.people),
                Figure(_("Judge minus people, kappa"), turns.kappa.difference),
            ],
        ),
        FigureGroup(_("Held to the people’s majority"), figures_of(judge.figures)),
        FigureGroup(_("As pass or fail, passing is positive"), figures_of(judge.passing)),
        FigureGroup(_("Replies not read count as wrong"), figures_of(judge.unread_wrong)),
        FigureGroup(_("Numbers, with the mean of people’s"), figures_of(judge.correlations)),
    ]
    return JudgePanel(
        report=judge,
        url=links.items(criterion, judge=judge.rater.id),
        headline=[
            *figures_of({name: judge.figures[name] for name in headline}),
            Figure(_("Judge minus a person"), turns.share.difference),
        ],
        groups=[group for group in groups if group.figures],
        level_rows=[
            (level.label, [estimates[position] for estimates in judge.levels.values()])
            for position, level in enumerate(criterion.levels)
        ],
        confusion=list(_confusion_rows(criterion, judge, links)),
        excluded=judge.figures["accuracy"].excluded,
    )


def _confusion_rows(criterion: CriterionSpec, judge: JudgeReport, links: Links) -> Iterator[ConfusionRow]:
    labels = [level.label for level in criterion.levels]
    rows: list[tuple[str, int | str, tuple[int, ...]]] = list(
        zip(labels, range(len(labels)), judge.confusion, strict=True)
    )
    if any(judge.unread):
        rows.append((_("not read"), "unread", judge.unread))
    for label, judge_level, row in rows:
        total = sum(row)
        yield ConfusionRow(
            label=label,
            cells=[
                Cell(
                    n=n,
                    url=links.items(
                        criterion, judge=judge.rater.id, judge_level=judge_level, people_level=people_level
                    ),
                    shade=math.ceil(n / total * _SHADES) if total else 0,
                    agrees=judge_level == people_level,
                )
                for people_level, n in enumerate(row)
            ],
        )
