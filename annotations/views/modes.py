"""What the modes say: how far people follow a judge because it is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from annotations.charts import Interval, IntervalChart, interval_chart
from annotations.models import Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.quality import Reliance
from annotations.selectors.reliance import ModeFigures, PersonModes, project_modes


@dataclass(frozen=True)
class RelianceLine:
    """One comparison in a table, with what is missing in words."""

    name: str
    found: Reliance
    missing: str


@dataclass(frozen=True)
class PersonLine:
    person: PersonModes
    bias_missing: str
    challenge_missing: str


@require_safe
@member_view(Capability.MANAGE_PEOPLE)
def modes(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    found = project_modes(project)
    policy = project.current_policy()
    context = {
        "policy": policy,
        "figures": found.project,
        "lines": _project_lines(found.project),
        "people": [
            PersonLine(one, _missing(one.figures.bias), _missing(one.figures.challenge)) for one in found.people
        ],
        "charts": _charts(project, found.people),
        "has_turns": bool(found.people),
    }
    return render(request, "annotations/modes.html", context)


def _project_lines(figures: ModeFigures) -> list[RelianceLine]:
    return [
        RelianceLine(_("A verdict on work"), figures.bias, _missing(figures.bias)),
        RelianceLine(_("A verdict on gold that is known to be wrong"), figures.challenge, _missing(figures.challenge)),
    ]


def _missing(found: Reliance) -> str:
    """How many turns are wanting before a difference can be relied on, in words; empty where none are."""
    parts = []
    if found.missing_shown:
        words = ngettext(
            "%(n)d more turn with the verdict shown", "%(n)d more turns with the verdict shown", found.missing_shown
        )
        parts.append(words % {"n": found.missing_shown})
    if found.missing_unseen:
        words = ngettext("%(n)d more turn without", "%(n)d more turns without", found.missing_unseen)
        parts.append(words % {"n": found.missing_unseen})
    if not parts:
        return ""
    return _("needs %(turns)s") % {"turns": _(" and ").join(parts)}


def _charts(project: Project, people: tuple[PersonModes, ...]) -> list[IntervalChart]:
    """The difference that the sight of a verdict makes, one annotator under the other; nothing moves nobody at 0."""
    charts = []
    for title, of, name in (
        (_("Following a verdict: shown less not shown"), "assist", "bias"),
        (_("Following a wrong verdict: shown less not shown"), "challenge", "challenge"),
    ):
        rows = [
            _row(project, one, getattr(one.figures, name), of)
            for one in people
            if not math.isnan(getattr(one.figures, name).difference.value)
        ]
        if rows:
            charts.append(interval_chart(title=title, intervals=rows, floor_name=_("not moved")))
    return charts


def _row(project: Project, one: PersonModes, found: Reliance, of: str) -> Interval:
    difference = found.difference
    url = reverse("annotations:person-answers", args=[project.slug, one.rater.pk])
    return Interval(
        label=one.rater.name, value=difference.value, low=difference.low, high=difference.high,
        note=f"n = {difference.n}", hue="human", url=f"{url}?of={of}", floor=0.0,
    )  # fmt: skip
