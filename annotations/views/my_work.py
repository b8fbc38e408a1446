"""One's own annotations, and changing them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.choices import AssignmentStatus, Mode
from annotations.errors import AnnotationsError
from annotations.evidence import candidate_of
from annotations.forms.keys import keys_of
from annotations.forms.review import Answer
from annotations.models import Assignment, Judgement, Membership, Rater
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.finished import finished_item
from annotations.selectors.progress import progress_of, whole_progress
from annotations.selectors.review import own_work
from annotations.selectors.threads import threads_on
from annotations.services.raters import rater_of
from annotations.services.revisions import keep_annotation, revise_annotation
from annotations.views.desk import keys_as_json, words_as_json
from annotations.views.review import Fault, fault_of, wants_json
from annotations.views.turns import answer_context, is_shown_swapped, item_context

PAGE_SIZE = 25


@require_safe
@member_view(Capability.REVIEW)
def my_work(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    rater = rater_of(project=project, user=request.user)
    page = Paginator(own_work(rater), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(judgement, _title(judgement), _labels(judgement)) for judgement in page],
        "criteria": project.current_rubric().spec().criteria,
        "progress": progress_of(
            project=project, rater=rater, policy=project.current_policy(), whole=whole_progress(project)
        ),
    }
    return render(request, "annotations/my_work.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@member_view(Capability.REVIEW)
def revise(request: SignedInRequest, membership: Membership, judgement_id: int) -> HttpResponse:
    """One's own answer again, as blind as the first time; a change sent twice is stored once."""
    rater = rater_of(project=membership.project, user=request.user)
    judgement = _own_answer(rater, judgement_id, or_before_it=wants_json(request))
    spec = judgement.rubric.spec()
    turn = _turn_of(judgement)
    is_swapped = turn is not None and is_shown_swapped(turn, spec)
    answer = Answer(levels=tuple(judgement.levels), rationale=judgement.rationale, highlights=judgement.highlights)
    fault = None
    if request.method == "POST":
        answer = Answer.read(spec, request.POST, is_swapped=is_swapped)
        try:
            new = revise_annotation(
                judgement=judgement,
                levels=answer.levels,
                rationale=answer.rationale,
                seconds=answer.seconds,
                highlights=answer.highlights,
            )
        except AnnotationsError as err:
            fault = fault_of(err, judgement.rubric)
        else:
            if wants_json(request):
                return JsonResponse({"judgement": new.pk, "words": _("Changed")})
            return redirect("annotations:my-work", membership.project.slug)
    if fault is not None and wants_json(request):
        return _refused(fault)
    context = {
        **item_context(judgement.item, membership.project, is_swapped=is_swapped),
        **answer_context(spec, answer, () if fault is None else fault.missing, is_swapped=is_swapped),
        "judgement": judgement,
        "finished": _what_was_revealed(turn, judgement),
        "keys": keys_of(request.user.review_keys),
        "desk_keys": keys_as_json(request.user),
        "desk_words": words_as_json(),
        "fault": fault,
        "threads": threads_on(judgement.item, membership),
        "thread_item": judgement.item,
    }
    return render(request, "annotations/revise.html", context, status=422 if fault else 200)


@require_POST
@member_view(Capability.REVIEW)
def keep(request: SignedInRequest, membership: Membership, judgement_id: int) -> HttpResponse:
    """Note that the annotator stays with the answer after judges were revealed."""
    rater = rater_of(project=membership.project, user=request.user)
    keep_annotation(judgement=get_object_or_404(own_work(rater), pk=judgement_id))
    if wants_json(request):
        return JsonResponse({"judgement": judgement_id, "words": _("Kept")})
    return redirect("annotations:review", membership.project.slug)


def _own_answer(rater: Rater, judgement_id: int, *, or_before_it: bool) -> Judgement:
    """The newest answer, or one that a newer one stands for, so that a change can be sent again."""
    if or_before_it:
        own = Judgement.objects.filter(rater=rater).select_related("item", "rubric", "rater")
        return get_object_or_404(own, pk=judgement_id)
    return get_object_or_404(own_work(rater), pk=judgement_id)


def _turn_of(judgement: Judgement) -> Assignment | None:
    turns = Assignment.objects.select_related("item", "policy")
    return turns.filter(rater=judgement.rater_id, item=judgement.item_id, status=AssignmentStatus.DONE).first()


def _what_was_revealed(turn: Assignment | None, judgement: Judgement) -> object | None:
    if turn is None or turn.mode != Mode.REVEAL:
        return None
    return finished_item(assignment=turn, judgement=judgement, rubric=judgement.rubric)


def _refused(fault: Fault) -> HttpResponse:
    body = {"code": fault.code, "fault": fault.words, "missing": fault.missing, "is_lost": fault.is_lost}
    return JsonResponse(body, status=422)


def _title(judgement: Judgement) -> str:
    return " | ".join(candidate_of(candidate).headline for candidate in judgement.item.candidates)


def _labels(judgement: Judgement) -> list[tuple[str, str, bool | None]]:
    """Criterion, level and whether it passes."""
    return [
        (criterion.name, _("not rated"), None)
        if level is None
        else (criterion.name, criterion.levels[level].label, criterion.levels[level].passes)
        for criterion, level in zip(judgement.rubric.spec().criteria, judgement.levels, strict=True)
    ]
