"""The page on which an annotator lives: an item, its criteria, the next item.

With scripts the page shows the next item at once and sends the answer in the background: it asks for JSON and says
which turn it shows (`in_hand`), whose lease begins anew, and gets the turn after that. Without, each answer is a form
and a redirect. A turn takes one answer, so its number is the key that makes sending twice harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotations.choices import AssignmentStatus
from annotations.errors import (
    AlreadyJudgedError,
    AnnotationsError,
    HighlightError,
    IncompleteAnnotationError,
    LeaseLostError,
    RationaleMissingError,
    RubricError,
    SkipRefusedError,
)
from annotations.forms.keys import keys_of
from annotations.forms.review import Answer, SkipForm
from annotations.models import Assignment, Membership, Project, Rater, Rubric
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.finished import FinishedItem, finished_turn
from annotations.selectors.guidelines import unread_change
from annotations.selectors.progress import recent_progress, seconds_per_item
from annotations.selectors.quality import why_paused
from annotations.selectors.rankings import candidate_name, group_name
from annotations.selectors.review import OwnTurn, n_finished_today, own_turn, why_nothing_left
from annotations.services.guidelines import confirm_guideline
from annotations.services.queue import claim_item, go_on, skip_item, submit_answer
from annotations.services.raters import rater_of
from annotations.views.desk import bindings_of, desk_of
from annotations.views.turns import read_answer, seconds_left, turn_context
from annotations.wording import say, say_whole

JSON = "application/json"


@dataclass(frozen=True)
class Fault:
    """Why an answer was not stored: in words, by the error's code, and where on the page."""

    words: str
    code: str
    missing: tuple[int, ...] = ()
    is_of_note: bool = False
    is_lost: bool = False


@never_cache
@require_safe
@member_view(Capability.REVIEW)
def review(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The item this annotator holds, or the next one. `?after=` shows how the turn just finished compares."""
    project = membership.project
    rater = rater_of(project=project, user=request.user)
    turn = claim_item(project=project, rater=rater)
    context: dict[str, Any] = {
        "finished": _finished_before(request, rater),
        "n_today": n_finished_today(rater),
    }
    if turn is None:
        context |= _nothing(project, rater)
    else:
        context |= turn_context(turn, project, project.current_rubric(), request.user, Answer(levels=()))
    return _page(request, project, rater, context)


@require_POST
@member_view(Capability.REVIEW)
def ahead(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    """The turn after the one on the screen, with its lease; for pages that show it without waiting."""
    own = _own_turn_or_404(membership, assignment_id)
    return JsonResponse(_with_next(request, own, in_hand=own.turn.pk))


@require_POST
@member_view(Capability.REVIEW)
def submit(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    """Record the answer. A page that asks for JSON gets the turn after the one that it shows by now."""
    own = _own_turn_or_404(membership, assignment_id)
    turn, rubric = own.turn, own.rubric
    spec = rubric.spec()
    answer = read_answer(turn, spec, request.POST)
    if request.POST.get("rubric") != str(rubric.pk):
        words = _("The rubric changed while you were at this item. Nothing was stored. Choose again under the new one.")
        answer = Answer(levels=(), rationale=answer.rationale)
        return _refused(request, own, answer, Fault(words, RubricError.code))
    try:
        judgement = submit_answer(
            assignment=turn,
            rubric=rubric,
            levels=answer.levels,
            rationale=answer.rationale,
            seconds=answer.seconds,
            highlights=answer.highlights,
        )
    except AnnotationsError as err:
        return _refused(request, own, answer, fault_of(err, rubric))
    if not wants_json(request):
        return redirect(f"{reverse('annotations:review', args=[membership.project.slug])}?after={turn.pk}")
    finished = finished_turn(assignment=turn, judgement=judgement, rubric=rubric)
    own = own._replace(n_today=own.n_today + (turn.status != AssignmentStatus.DONE))
    stored = {
        "turn": turn.pk,
        "judgement": judgement.pk,
        "guideline": judgement.guideline_id,
        **_finished_parts(membership.project, keys=keys_of(request.user.review_keys), finished=finished),
    }
    return JsonResponse({**stored, **_with_next(request, own, in_hand=_in_hand(request))})


@require_POST
@member_view(Capability.REVIEW)
def skip(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    own = _own_turn_or_404(membership, assignment_id)
    turn, rubric = own.turn, own.rubric
    form = SkipForm(request.POST)
    try:
        if not form.is_valid():
            raise SkipRefusedError(_("Say why you skip this item."))
        skip_item(assignment=turn, reason=form.cleaned_data["reason"], note=form.cleaned_data["note"])
    except SkipRefusedError as err:
        fault = Fault(say(err), err.code)
        return _refused(request, own, Answer(levels=()), fault)
    if not wants_json(request):
        return redirect("annotations:review", membership.project.slug)
    stored = {
        "turn": turn.pk,
        "judgement": None,
        "guideline": None,
        **_finished_parts(membership.project, skipped=_name_of(turn, rubric)),
    }
    return JsonResponse({**stored, **_with_next(request, own, in_hand=_in_hand(request))})


@require_POST
@member_view(Capability.REVIEW)
def confirm(request: SignedInRequest, membership: Membership, version: int) -> HttpResponse:
    """Note that the annotator has read what changed in the guidelines."""
    rater = rater_of(project=membership.project, user=request.user)
    if not confirm_guideline(rater=rater, version=version):
        raise Http404
    return redirect("annotations:review", membership.project.slug)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of the page asks, and no browser for a page."""
    return request.get_preferred_type(["text/html", JSON]) == JSON


def fault_of(err: AnnotationsError, rubric: Rubric) -> Fault:
    """What to say of a refused answer.

    Raises: the error again, if it is none of an answer.
    """
    criteria = rubric.spec().criteria
    if isinstance(err, IncompleteAnnotationError):
        names = ", ".join(_name_at(rubric, position) for position in err.positions)
        words = _("Still open: %(names)s. Nothing was sent; choose a level for each.") % {"names": names}
        return Fault(words, err.code, missing=err.positions)
    if isinstance(err, RationaleMissingError):
        names = ", ".join(criteria[position].name for position in err.positions)
        words = _("Say in the note why: %(names)s asks for it. Nothing was stored.") % {"names": names}
        return Fault(words, err.code, is_of_note=True)
    if isinstance(err, HighlightError):
        return Fault(say_whole(err), err.code)
    if isinstance(err, LeaseLostError | AlreadyJudgedError | RubricError):
        return Fault(say_whole(err), err.code, is_lost=True)
    raise err


def _name_at(rubric: Rubric, position: int) -> str:
    """What is open at a position: a criterion, or a candidate that is ranked."""
    spec = rubric.spec()
    return spec.criteria[position].name if spec.ranking is None else candidate_name(position)


def _name_of(turn: Assignment, rubric: Rubric) -> str:
    return turn.item.external_id if rubric.spec().ranking is None else group_name(turn)


def _own_turn_or_404(membership: Membership, assignment_id: int) -> OwnTurn:
    own = own_turn(project=membership.project, user=membership.user, assignment_id=assignment_id)
    if own is None:
        raise Http404
    return own


def _in_hand(request: HttpRequest) -> int:
    """The turn that the page shows by now; 0 for none."""
    number = request.POST.get("in_hand", "")
    return int(number) if number.isdecimal() else 0


def _finished_before(request: SignedInRequest, rater: Rater) -> FinishedItem | None:
    after = request.GET.get("after", "")
    if not after.isdecimal():
        return None
    turn = (
        Assignment.objects.select_related("item", "policy", "judgement__rubric")
        .filter(pk=int(after), rater=rater, status=AssignmentStatus.DONE)
        .first()
    )
    if turn is None or turn.judgement is None:
        return None
    return finished_turn(assignment=turn, judgement=turn.judgement, rubric=turn.judgement.rubric)


def _with_next(request: SignedInRequest, own: OwnTurn, *, in_hand: int) -> dict[str, Any]:
    """What a page goes on with: the lease of the turn that it shows, and the turn after it."""
    project, rater, n_today = own.turn.project, own.turn.rater, own.n_today
    went = go_on(project=project, rater=rater, in_hand=in_hand)
    until = went.in_hand_until
    answer: dict[str, Any] = {
        "n_today": n_today,
        "in_hand": None if until is None else {"turn": in_hand, "lease_left_s": seconds_left(until)},
        "next": None,
        "nothing": None,
    }
    if went.turn is not None:
        context = turn_context(went.turn, project, own.rubric, request.user, Answer(levels=()))
        answer["next"] = {
            "turn": went.turn.pk,
            "lease_left_s": context["lease_left_s"],
            "html": _fragment(request, {**context, "n_today": n_today}),
        }
    elif until is None:
        answer["nothing"] = _fragment(request, {**_nothing(project, rater), "n_today": n_today})
    return answer


def _refused(request: SignedInRequest, own: OwnTurn, answer: Answer, fault: Fault) -> HttpResponse:
    """The same item again with what was chosen kept, and what is wrong."""
    turn, rubric, n_today = own
    context = {
        **turn_context(turn, turn.project, rubric, request.user, answer, fault.missing),
        "fault": fault,
        "n_today": n_today,
    }
    if not wants_json(request):
        return _page(request, turn.project, turn.rater, context, status=422)
    body = {"turn": turn.pk, "code": fault.code, "fault": fault.words, "is_lost": fault.is_lost}
    return JsonResponse({**body, "html": _fragment(request, context)}, status=422)


def _nothing(project: Project, rater: Rater) -> dict[str, Any]:
    return {"project": project, "why": why_nothing_left(project, rater), "paused": why_paused(rater)}


def _finished_parts(project: Project, **shown: Any) -> dict[str, str]:
    context = {"project": project, **shown}
    return {
        "finished": render_to_string("annotations/_finished.html", context),
        "comparison": render_to_string("annotations/_comparison.html", context),
    }


def _fragment(request: SignedInRequest, context: dict[str, Any]) -> str:
    """Without the request: the frame around the page is not part of this answer, and its queries are not run."""
    return render_to_string("annotations/_review.html", {**context, "csrf_token": get_token(request)})


def _page(
    request: SignedInRequest, project: Project, rater: Rater, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    guideline = project.current_guideline()
    seconds = seconds_per_item(rater)
    ranks = "ranked" in context
    frame = {
        "guideline": guideline,
        "change": unread_change(rater, guideline),
        "median_s": median(seconds) if seconds else None,
        "n_timed": len(seconds),
        "whole": recent_progress(project),
        "desk": desk_of(request.user, project, guideline),
        "bindings": bindings_of(request.user, ranks=ranks),
        "keys": keys_of(request.user.review_keys),
        "ranks": ranks,
        "csrf_token": get_token(request),
    }
    return render(request, "annotations/review.html", {**context, **frame}, status=status)
