"""The card of a judge version: as a page, as Markdown, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from annotations.agreement import Estimate, figure_name
from annotations.choices import Scale
from annotations.forms.agreement import AgreementForm
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.templatetags.figures import grouped
from annotations.views.agreement_figures import Figure, FigureGroup, Links, figures_of
from annotations.views.ranking_panels import JudgePairPanel, judge_pair_panel
from models_llm.cards import CriterionAgreement, as_markdown, bias_lines, spending_lines
from models_llm.models import JudgeVersion
from models_llm.selectors.judge_card import card_document, judge_card
from models_llm.selectors.judges import whole_versions
from models_llm.templatetags.judging import said


@dataclass(frozen=True)
class Glance:
    """A criterion in one line: the judge between the floor and the ceiling, and its agreement beyond chance."""

    accuracy: Estimate
    floor: Estimate
    ceiling: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class CriterionPanel:
    """One criterion: what decides first, everything behind a disclosure, and the items behind it.

    Attributes:
        ranking: of a criterion that ranks, the judge with people on pairs of candidates; all there is to show of it.
    """

    agreement: CriterionAgreement
    url: str
    headline: list[Figure]
    glance: Glance | None
    groups: list[FigureGroup]
    level_rows: list[tuple[str, list[Estimate]]]
    ranking: JudgePairPanel | None = None


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def card(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    """The card of a version; `?format=md` and `?format=json` give the same as text."""
    version = get_object_or_404(whole_versions(membership.project), pk=version_id)
    form = AgreementForm(request.GET, project=membership.project)
    form.is_valid()
    found = judge_card(version, item_slice=form.item_slice())
    name = f"{membership.project.slug}-judge-{version.pk}"
    if request.GET.get("format") == "json":
        return JsonResponse(card_document(found), json_dumps_params={"indent": 1, "ensure_ascii": False})
    if request.GET.get("format") == "md":
        return HttpResponse(
            as_markdown(found),
            content_type="text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'inline; filename="{name}.md"'},
        )
    kept = {"slice": request.GET["slice"]} if form.item_slice() else {}
    context = {
        "version": version,
        "card": found,
        "form": form,
        "kept": urlencode(kept),
        "panels": [_panel(criterion, version, kept) for criterion in found.agreement.criteria],
        "ranks": any(criterion.ranking for criterion in found.agreement.criteria),
        "outcomes": [f"{grouped(n)} {said(outcome)}" for outcome, n in found.outcomes.items() if n],
        "has_verdicts": any(found.outcomes.values()),
        "recorded": version.judge.is_recorded,
        "bias_lines": bias_lines(found.bias) if found.bias else [],
        "spending_lines": spending_lines(found.spending) if found.spending else [],
    }
    return render(request, "models_llm/judge_card.html", context)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def card_of_rater(request: SignedInRequest, membership: Membership, rater_id: int) -> HttpResponse:  # noqa: ARG001
    """To the card of the version that a rater is; pages of statistics know raters only."""
    version = get_object_or_404(JudgeVersion, rater_id=rater_id, judge__project=membership.project)
    return redirect("models_llm:judge-card", membership.project.slug, version.pk)


def _panel(agreement: CriterionAgreement, version: JudgeVersion, kept: dict[str, str]) -> CriterionPanel:
    links = Links(version.judge.project, kept)
    url = links.items(agreement.criterion, judge=version.rater_id)
    judge = agreement.judge
    if judge is None:
        return CriterionPanel(agreement, url, [], None, [], [])
    if agreement.ranking is not None:
        [ranker] = agreement.ranking.judges
        pairs = judge_pair_panel(agreement.criterion, ranker, links)
        return CriterionPanel(agreement, url, [], None, [], [], pairs)
    turns = judge.leave_one_out
    groups = [
        FigureGroup(gettext("Held to the people’s majority"), figures_of(judge.figures)),
        FigureGroup(gettext("Replies not read count as wrong"), figures_of(agreement.unread_wrong)),
        FigureGroup(gettext("As pass or fail, passing is positive"), figures_of(judge.passing)),
        FigureGroup(gettext("Numbers, with the mean of people’s"), figures_of(judge.correlations)),
        FigureGroup(
            gettext("Held to the same other people, turn by turn"),
            [
                Figure(gettext("Judge"), turns.share.judge),
                Figure(gettext("One of the people"), turns.share.people),
                Figure(gettext("Judge minus a person"), turns.share.difference),
                Figure(gettext("Judge, kappa"), turns.kappa.judge),
                Figure(gettext("One of the people, kappa"), turns.kappa.people),
                Figure(gettext("Judge minus a person, kappa"), turns.kappa.difference),
                Figure(gettext("Always the commonest level"), turns.baseline),
            ],
        ),
        FigureGroup(gettext("The ceiling: people with people"), figures_of(agreement.people.figures)),
    ]
    return CriterionPanel(
        agreement=agreement,
        url=url,
        headline=_headline(agreement),
        glance=Glance(
            accuracy=judge.figures["accuracy"],
            floor=judge.figures["majority_baseline"],
            ceiling=judge.leave_one_out.share.people,
            kappa=judge.figures[_kappa(agreement)],
        ),
        groups=[group for group in groups if group.figures],
        level_rows=[
            (level.label, [estimates[position] for estimates in judge.levels.values()])
            for position, level in enumerate(agreement.criterion.levels)
        ],
    )


def _headline(agreement: CriterionAgreement) -> list[Figure]:
    """What decides whether to trust the judge: its figure, the floor, the ceiling."""
    judge, ordinal = agreement.judge, agreement.criterion.scale == Scale.ORDINAL
    assert judge is not None and agreement.accuracy_unread_wrong is not None  # noqa: S101, PT018  the caller looked
    kappa = _kappa(agreement)
    alpha = "krippendorff_alpha_ordinal" if ordinal else "krippendorff_alpha_nominal"
    figures = [Figure(gettext("Accuracy on replies read"), judge.figures["accuracy"])]
    if any(judge.unread):
        figures.append(Figure(gettext("Accuracy, replies not read wrong"), agreement.accuracy_unread_wrong))
    figures += [
        Figure(gettext("Floor: always the commonest level"), judge.figures["majority_baseline"]),
        Figure(gettext("Ceiling: one of the people"), judge.leave_one_out.share.people),
        *figures_of({kappa: judge.figures[kappa]}),
        Figure(
            gettext("%(figure)s, people with people") % {"figure": said(figure_name(alpha))},
            agreement.people.figures[alpha],
        ),
    ]
    if judge.correlations:
        figures.append(Figure(gettext("Spearman’s rho"), judge.correlations["spearman_rho"]))
    return figures


def _kappa(agreement: CriterionAgreement) -> str:
    return "cohen_kappa_linear" if agreement.criterion.scale == Scale.ORDINAL else "cohen_kappa_nominal"
