"""The queue as a lead sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from annotations.allocation import DIRECTED
from annotations.choices import WorkState
from annotations.errors import DrawError
from annotations.forms.queue import REASONS, STANDINGS, DrawForm, RowsForm
from annotations.models import Item, Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.draws import draws_of, repeat_draw
from annotations.selectors.groups import WORDS, LeftOut
from annotations.selectors.items import slice_values
from annotations.selectors.queue_health import queue_health
from annotations.selectors.queue_rows import ROWS_A_PAGE, queue_items_page, turns_page
from annotations.services.chores import ask_draw
from annotations.views.chores import outcome_words, under_way
from annotations.wording import say

DRAWS_SHOWN = 20


@dataclass(frozen=True)
class Cell:
    """A figure of the queue, and the address of its rows after the question mark."""

    words: str
    n: int
    query: str


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def queue(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """How the queue is doing, and the form that sends items to people."""
    project = membership.project
    form = DrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            chore = ask_draw(project=project, user=request.user, **form.wanted())
        except DrawError as err:
            form.add_error("n", say(err))
        else:
            if chore.state != WorkState.READY:
                return redirect("annotations:chore", project.slug, chore.pk)
            messages.success(request, outcome_words(chore))
            return redirect("annotations:queue", project.slug)
    policy = project.current_policy()
    names = sorted({name for name, _value in slice_values(project)})
    chosen = request.GET.get("slice", policy.slice_key or policy.skill_slice)
    slice_key = chosen if chosen in names else ""
    health = queue_health(project, slice_key=slice_key)
    context = {
        "form": form,
        "policy": policy,
        "minutes": max(1, policy.lease_s // 60),
        "health": health,
        "items": _cells("items", health.items),
        "stuck": [(REASONS[why], n) for why, n in health.stuck.items()],
        "slices": [(one, _cells("items", one.items, slice=f"{slice_key}={one.value}")) for one in health.slices],
        "people": [(one, _cells("turns", one.turns, person=one.rater_id)) for one in health.people],
        "turns": _cells("turns", health.turns),
        "slice_key": slice_key,
        "slice_names": names,
        "draws": draws_of(project)[:DRAWS_SHOWN],
        "chores": under_way(project),
        "n_items": Item.objects.filter(project=project).count(),
    }
    return render(request, "annotations/queue.html", context, status=422 if form.errors else 200)


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def rows(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The items or the turns behind a figure of the queue."""
    project = membership.project
    form = RowsForm(request.GET)
    wanted = form.wanted()
    after = form.cleaned_data.get("after")
    if form.is_of_turns:
        found = turns_page(project, wanted, before=after)
    else:
        found = queue_items_page(project, wanted, after=-1 if after is None else after)
    lines = found[:ROWS_A_PAGE]
    last = lines[-1] if len(found) > ROWS_A_PAGE else None
    context = {
        "is_of_turns": form.is_of_turns,
        "wanted": wanted,
        "person": _name_of(project, wanted.rater_id),
        "standing": STANDINGS.get(wanted.standing) if wanted.standing else None,
        "lines": [(row, STANDINGS[row.standing], REASONS.get(getattr(row, "stuck", ""))) for row in lines],
        "first": _query(request),
        "is_on_later_page": after is not None,
        "next": None if last is None else _query(request, after=last.pk if form.is_of_turns else last.position),
    }
    return render(request, "annotations/queue_rows.html", context)


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def draw(request: SignedInRequest, membership: Membership, draw_id: int) -> HttpResponse:
    """One draw, and whether it selects the same when it is repeated."""
    found = draws_of(membership.project).filter(pk=draw_id).first()
    if found is None:
        raise Http404
    repeated = repeat_draw(found) if "repeat" in request.GET else None
    left_out = [(WORDS[LeftOut(reason)], n) for reason, n in sorted(found.left_out.items())]
    context = {"draw": found, "left_out": left_out, "is_directed": found.order in DIRECTED, "repeated": repeated}
    return render(request, "annotations/draw.html", context)


def _name_of(project: Project, rater_id: int | None) -> str:
    if rater_id is None:
        return ""
    return project.raters.filter(pk=rater_id).values_list("name", flat=True).first() or str(rater_id)


def _query(request: HttpRequest, **after: int) -> str:
    """The address of the same rows from a place on, or from the start."""
    kept: dict[str, Any] = {name: value for name, value in request.GET.items() if name != "after"}
    return urlencode({**kept, **after})


def _cells(kind: str, counts: Mapping[Any, int], **of: Any) -> list[Cell]:
    return [Cell(str(STANDINGS[standing]), n, urlencode({kind: standing, **of})) for standing, n in counts.items()]
