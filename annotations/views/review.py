"""The page on which an annotator lives: an item, its criteria, the next item."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotations.choices import AssignmentStatus, Mode, Visible
from annotations.errors import AlreadyJudgedError, IncompleteAnnotationError, LeaseLostError, RubricError
from annotations.evidence import item_view
from annotations.forms.review import SKIP_REASONS, Answer, CriterionField, SkipForm, criterion_fields
from annotations.models import Assignment, Item, Membership, Project, Rater, Rubric
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.rubrics import RubricSpec
from annotations.selectors.review import FinishedItem, finished_item, n_finished_today, own_turn, why_nothing_left
from annotations.services.queue import claim_item, skip_item, submit_annotation
from annotations.services.raters import rater_of

SLICES_SHOWN = ("category", "domain", "language", "season")
"""Slices that an annotator may see. The others could tell which model wrote a candidate."""


@never_cache
@require_safe
@member_view(Capability.REVIEW)
def review(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The item this annotator holds, or the next one. `?after=` shows how the turn just finished compares."""
    rater = rater_of(project=membership.project, user=request.user)
    return _next_page(request, membership.project, rater, finished=_finished_before(request, rater))


@require_POST
@member_view(Capability.REVIEW)
def submit(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    """Record the answer; with htmx the next item comes back in the same request."""
    turn = _own_turn_or_404(membership, assignment_id)
    rubric = membership.project.current_rubric()
    answer = Answer.read(rubric.spec(), request.POST)
    if request.POST.get("rubric") != str(rubric.pk):
        words = "The rubric changed while you were at this item. Nothing was stored. Choose again under the new one."
        return _item_page(request, turn, rubric, Answer(levels=(), rationale=answer.rationale), fault=words)
    try:
        judgement = submit_annotation(
            assignment=turn, rubric=rubric, levels=answer.levels, rationale=answer.rationale, seconds=answer.seconds
        )
    except IncompleteAnnotationError as err:
        return _item_page(request, turn, rubric, answer, fault=_name_open(rubric, err), missing=err.positions)
    except (LeaseLostError, AlreadyJudgedError, RubricError) as err:
        return _item_page(request, turn, rubric, answer, fault=f"{err}.", is_lost=True)
    if not request.htmx:
        return redirect(f"{reverse('annotations:review', args=[membership.project.slug])}?after={turn.pk}")
    finished = finished_item(assignment=turn, judgement=judgement, rubric=rubric)
    return _next_page(request, membership.project, turn.rater, finished=finished, rubric=rubric)


@require_POST
@member_view(Capability.REVIEW)
def skip(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    turn = _own_turn_or_404(membership, assignment_id)
    form = SkipForm(request.POST)
    if not form.is_valid():
        rubric = membership.project.current_rubric()
        return _item_page(request, turn, rubric, Answer(levels=()), fault="Say why you skip this item.")
    skip_item(assignment=turn, reason=form.cleaned_data["reason"], note=form.cleaned_data["note"])
    if not request.htmx:
        return redirect("annotations:review", membership.project.slug)
    return _next_page(request, membership.project, turn.rater, skipped=turn.item.external_id)


def item_context(item: Item, project: Project) -> dict[str, Any]:
    """What an annotator sees of an item, and nothing else of it."""
    view = item_view(item.context, item.candidates)
    return {
        "project": project,
        "item": item,
        "slices": [str(item.slices[key]) for key in SLICES_SHOWN if item.slices.get(key)],
        "evidence": view.evidence,
        "candidates": view.candidates,
        "is_pair": len(view.candidates) > 1,
    }


def criteria_as_keys(spec: RubricSpec, levels: Sequence[int | None] = (), missing: Sequence[int] = ()) -> SafeString:
    """The rubric as rows of keys, with what was chosen before."""
    if missing or any(level is not None for level in levels):
        return _keys(list(criterion_fields(spec, levels, missing)))
    return _keys_with_nothing_chosen(spec)


@lru_cache(maxsize=64)
def _keys_with_nothing_chosen(spec: RubricSpec) -> SafeString:
    """Kept, because it is the same for every item of a rubric and is most of the page."""
    return _keys(list(criterion_fields(spec)))


def _keys(fields: list[CriterionField]) -> SafeString:
    return render_to_string("annotations/_criteria.html", {"criteria": fields})


def _own_turn_or_404(membership: Membership, assignment_id: int) -> Assignment:
    turn = own_turn(project=membership.project, user=membership.user, assignment_id=assignment_id)
    if turn is None:
        raise Http404
    return turn


def _finished_before(request: SignedInRequest, rater: Rater) -> FinishedItem | None:
    after = request.GET.get("after", "")
    if not after.isdecimal():
        return None
    turn = (
        Assignment.objects.select_related("item", "judgement__rubric")
        .filter(pk=int(after), rater=rater, status=AssignmentStatus.DONE)
        .first()
    )
    if turn is None or turn.judgement is None:
        return None
    return finished_item(assignment=turn, judgement=turn.judgement, rubric=turn.judgement.rubric)


def _next_page(
    request: SignedInRequest,
    project: Project,
    rater: Rater,
    *,
    finished: FinishedItem | None = None,
    rubric: Rubric | None = None,
    skipped: str = "",
) -> HttpResponse:
    turn = claim_item(project=project, rater=rater)
    context: dict[str, Any] = {"finished": finished, "skipped": skipped, "n_today": n_finished_today(rater)}
    if turn is None:
        context |= {"project": project, "why": why_nothing_left(project, rater)}
        return _respond(request, project, context)
    return _respond(
        request, project, context | _turn_context(turn, project, rubric or project.current_rubric(), Answer(levels=()))
    )


def _item_page(
    request: SignedInRequest,
    turn: Assignment,
    rubric: Rubric,
    answer: Answer,
    *,
    fault: str,
    missing: tuple[int, ...] = (),
    is_lost: bool = False,
) -> HttpResponse:
    """The same item again with what was chosen kept, and what is wrong."""
    context = {
        **_turn_context(turn, turn.project, rubric, answer, missing),
        "fault": fault,
        "is_lost": is_lost,
        "n_today": n_finished_today(turn.rater),
    }
    return _respond(request, turn.project, context, status=422)


def _turn_context(
    turn: Assignment, project: Project, rubric: Rubric, answer: Answer, missing: tuple[int, ...] = ()
) -> dict[str, Any]:
    left_s = max(0, math.ceil((turn.lease_expires_at - timezone.now()).total_seconds()))
    spec = rubric.spec()
    return {
        **item_context(turn.item, project),
        "turn": turn,
        "rubric": rubric,
        "criteria": criteria_as_keys(spec, answer.levels, missing),
        "can_all_pass": all(any(level.passes for level in criterion.levels) for criterion in spec.criteria),
        "rationale": answer.rationale,
        "lease_left_s": left_s,
        "lease_left": f"{left_s // 60}:{left_s % 60:02d}",
        "is_blind": Mode(turn.mode).visible == Visible.BLIND,
        "skip_reasons": SKIP_REASONS.items(),
    }


def _respond(request: SignedInRequest, project: Project, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context["csrf_token"] = get_token(request)
    if request.htmx and not request.htmx.boosted:
        # Without the request: the frame around the page is not part of this answer, and its queries are not run.
        return HttpResponse(render_to_string("annotations/_review.html", context), status=status)
    context["guideline"] = project.current_guideline()
    return render(request, "annotations/review.html", context, status=status)


def _name_open(rubric: Rubric, err: IncompleteAnnotationError) -> str:
    names = [rubric.spec().criteria[position].name for position in err.positions]
    return f"Still open: {', '.join(names)}. Nothing was sent; choose a level for each."
