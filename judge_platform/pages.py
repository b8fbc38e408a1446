"""The pages that look into every app: all projects, one project, and search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, capabilities_of, member_view
from annotations.selectors.projects import WAITING_ARE_COUNTED_TO, ProjectLine, project_lines
from annotations.templatetags.figures import counted_up_to, grouped
from judge_platform.finding import find
from judge_platform.steps import steps_of
from models_llm.selectors.activity import RunActivity, run_activity
from models_llm.selectors.runs import recent_runs

N_RUNS_SHOWN = 5
LONGEST_QUERY = 200


@dataclass(frozen=True)
class Notice:
    """A few words, and where to go about them."""

    words: str
    url: str


@dataclass(frozen=True)
class ProjectRow:
    line: ProjectLine
    waiting: list[Notice]
    working: list[Notice]
    deciding: list[Notice]


@require_safe
@login_required
def projects(request: SignedInRequest) -> HttpResponse:
    lines = project_lines(request.user)
    activity = run_activity([line.project.pk for line in lines])
    rows = [_row(line, activity.get(line.project.pk, RunActivity())) for line in lines]
    return render(request, "judge_platform/projects.html", {"rows": rows})


@require_safe
@member_view(Capability.VIEW_PROJECT)
def overview(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    able = capabilities_of(membership.role)
    [line] = project_lines(request.user, project=project)
    runs = recent_runs(project, n=N_RUNS_SHOWN) if Capability.VIEW_JUDGEMENTS in able else []
    activity = run_activity([project.pk]).get(project.pk, RunActivity())
    context = {
        "row": _row(line, activity),
        "runs": runs,
        "steps": steps_of(line, able, has_runs=bool(runs)),
        "rubric": (rubric := project.current_rubric()),
        "spec": rubric.spec(),
    }
    return render(request, "judge_platform/overview.html", context)


@require_safe
@login_required
def search(request: SignedInRequest) -> HttpResponse:
    return _found(request, None)


@require_safe
@member_view(Capability.VIEW_PROJECT)
def search_in_project(request: SignedInRequest, membership: Membership) -> HttpResponse:
    return _found(request, membership)


def _found(request: SignedInRequest, membership: Membership | None) -> HttpResponse:
    """The page, or for the palette the list alone."""
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    came_from = request.GET.get("from", request.get_full_path())
    if not url_has_allowed_host_and_scheme(came_from, allowed_hosts=None):
        came_from = "/"
    context = {
        "query": query,
        "groups": find(user=request.user, membership=membership, query=query, came_from=came_from),
        "in_palette": bool(request.htmx),
    }
    template = "judge_platform/_found.html" if request.htmx else "judge_platform/search.html"
    return render(request, template, context)


def _row(line: ProjectLine, activity: RunActivity) -> ProjectRow:
    able = capabilities_of(line.role)
    return ProjectRow(
        line=line,
        waiting=list(_waiting(line)) if Capability.REVIEW in able else [],
        working=list(_working(line, activity)) if Capability.VIEW_JUDGEMENTS in able else [],
        deciding=list(_deciding(line, activity)) if Capability.VIEW_JUDGEMENTS in able else [],
    )


def _waiting(line: ProjectLine) -> Iterator[Notice]:
    review = reverse("annotations:review", args=[line.project.slug])
    if line.n_mine:
        yield Notice(
            ngettext("%(n)s item held by you", "%(n)s items held by you", line.n_mine) % _n(line.n_mine), review
        )
    if line.n_waiting:
        words = ngettext("%(n)s item to review", "%(n)s items to review", line.n_waiting)
        yield Notice(words % {"n": counted_up_to(line.n_waiting, WAITING_ARE_COUNTED_TO)}, review)


def _working(line: ProjectLine, activity: RunActivity) -> Iterator[Notice]:
    slug = line.project.slug
    if line.n_importing:
        words = ngettext("%(n)s import at work", "%(n)s imports at work", line.n_importing)
        yield Notice(words % _n(line.n_importing), reverse("annotations:imports", args=[slug]))
    if activity.n_running:
        words = ngettext("%(n)s run at work", "%(n)s runs at work", activity.n_running)
        yield Notice(words % _n(activity.n_running), reverse("models_llm:runs", args=[slug]))


def _deciding(line: ProjectLine, activity: RunActivity) -> Iterator[Notice]:
    slug = line.project.slug
    if line.n_failed:
        words = ngettext("%(n)s import failed", "%(n)s imports failed", line.n_failed)
        yield Notice(words % _n(line.n_failed), reverse("annotations:imports", args=[slug]))
    if activity.n_paused:
        words = ngettext("%(n)s run paused", "%(n)s runs paused", activity.n_paused)
        yield Notice(words % _n(activity.n_paused), reverse("models_llm:runs", args=[slug]))


def _n(n: int) -> dict[str, str]:
    return {"n": grouped(n)}
