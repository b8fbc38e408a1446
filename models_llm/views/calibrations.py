"""Calibrations: how far a judge's probabilities can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from models_llm.calibration import METHODS, ReliabilityDiagram, reliability_diagram
from models_llm.models import Calibration, JudgeVersion
from models_llm.selectors.calibrations import SIDES, ItemsInBin, Side, items_in_bin, latest_calibration
from models_llm.selectors.judges import whole_versions
from models_llm.services.calibrations import request_calibration

FIGURES = (("brier", _("Brier score")), ("log_loss", _("Log loss")), ("calibration_error", _("Calibration error")))
_EVENTS = {
    "passes": _("the item passes, as most people say"),
    "given level": _("the level it gave is that of most people"),
}


@dataclass(frozen=True)
class FigureLine:
    """One score before and after, with the joint interval of the difference where there is one."""

    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    change: dict[str, Any] | None


@dataclass(frozen=True)
class DiagramPanel:
    """A diagram of one side with the bins of its table."""

    side: Side
    diagram: ReliabilityDiagram
    bins: list[dict[str, Any]]


@dataclass(frozen=True)
class CriterionPanel:
    number: int
    document: dict[str, Any]
    event: str
    method: str
    figures: list[FigureLine]
    diagrams: list[DiagramPanel]


@dataclass(frozen=True)
class OpenBin:
    """The mark whose items are shown."""

    criterion: str
    side: Side
    bin: dict[str, Any]
    items: ItemsInBin


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def calibration(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    """The newest calibration of a version, and one that is on its way; with a mark chosen, the items behind it.

    Where htmx asks, what is on its way alone: whatever is open on the page stays open until there is something new.
    """
    version = _version_or_404(membership, version_id)
    requested = Calibration.objects.filter(judge_version=version).defer("examples").order_by("-pk").first()
    if request.htmx and not request.htmx.boosted:
        if requested is None or not requested.is_unfinished:
            return HttpResponseClientRefresh()
        progress = {"requested": requested, "version": version}
        return render(request, "models_llm/_calibration_progress.html", progress)
    found = latest_calibration(version)
    context = {
        "version": version,
        "calibration": found,
        "requested": requested if requested != found else None,
        "panels": [_panel(number, one) for number, one in enumerate(_criteria(found))],
        "open_bin": _open_bin(request, found),
        "may_run": may(membership, Capability.RUN_JUDGES),
    }
    return render(request, "models_llm/calibration.html", context)


@require_POST
@member_view(Capability.RUN_JUDGES)
def calibrate(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    request_calibration(version=_version_or_404(membership, version_id), user=request.user)
    return redirect("models_llm:calibration", membership.project.slug, version_id)


def _version_or_404(membership: Membership, version_id: int) -> JudgeVersion:
    return get_object_or_404(whole_versions(membership.project), pk=version_id)


def _criteria(found: Calibration | None) -> list[dict[str, Any]]:
    return [] if found is None or found.document is None else found.document["criteria"]


def _panel(number: int, one: dict[str, Any]) -> CriterionPanel:
    method = METHODS.get(one["chosen"]["method"])
    if one["refused"]:
        return CriterionPanel(number, one, str(_EVENTS[one["event"]]), "", [], [])
    titles = {
        "before": gettext("%(name)s: as the judge gave them") % {"name": one["name"]},
        "after": gettext("%(name)s: calibrated, %(method)s")
        % {"name": one["name"], "method": method.label if method else gettext("left as they are")},
    }
    return CriterionPanel(
        number=number,
        document=one,
        event=str(_EVENTS[one["event"]]),
        method=method.label if method else "",
        figures=[
            FigureLine(str(label), one["before"][name], one["after"][name], one["improvement"].get(name))
            for name, label in FIGURES
        ],
        diagrams=[
            DiagramPanel(side, reliability_diagram(title=titles[side], bins=one[side]["bins"]), one[side]["bins"])
            for side in (SIDES if method else SIDES[:1])
        ],
    )


def _open_bin(request: SignedInRequest, found: Calibration | None) -> OpenBin | None:
    """What `criterion`, `of` and `bin` choose; None where they choose nothing."""
    criteria = _criteria(found)
    numbers = [request.GET.get(name, "") for name in ("criterion", "bin")]
    if found is None or not all(number.isdecimal() and len(number) < 4 for number in numbers):
        return None
    criterion, number = (int(one) for one in numbers)
    side: Side = "after" if request.GET.get("of") == "after" else "before"
    if criterion >= len(criteria) or number >= len(criteria[criterion][side]["bins"]):
        return None
    return OpenBin(
        criterion=criteria[criterion]["name"],
        side=side,
        bin=criteria[criterion][side]["bins"][number],
        items=items_in_bin(found, viewer=request.user, criterion=criterion, side=side, number=number),
    )
