"""One's own annotations, and changing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.choices import AssignmentStatus, Mode
from annotations.errors import AnnotationsError
from annotations.evidence import candidate_of
from annotations.forms.keys import keys_of
from annotations.forms.review import Answer
from annotations.models import Assignment, Judgement, Membership, Project, Rater
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.finished import finished_turn
from annotations.selectors.progress import progress_of, whole_progress
from annotations.selectors.rankings import group_sizes, places_with, shown_order, turn_of_ranking
from annotations.selectors.review import own_work
from annotations.selectors.threads import threads_on
from annotations.services.raters import rater_of
from annotations.services.revisions import keep_annotation, revise_answer
from annotations.views.desk import keys_as_json, words_as_json
from annotations.views.review import Fault, fault_of, wants_json
from annotations.views.turns import answer_context, group_context, is_shown_swapped, item_context, read_answer

PAGE_SIZE = 25


@require_safe
@member_view(Capability.REVIEW)
def my_work(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    rater = rater_of(project=project, user=request.user)
    page = Paginator(own_work(rater), PAGE_SIZE).get_page(request.GET.get("page"))
    sizes = group_sizes([one.item_id for one in page if one.rubric.spec().ranking is not None])
    context = {
        "page": page,
        "rows": [_row(judgement, sizes) for judgement in page],
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
    if turn is None and spec.ranking is not None:
        raise Http404
    answer = Answer(
        levels=_given(judgement, turn), rationale=judgement.rationale, highlights=judgement.highlights
    )  # fmt: skip
    fault = None
    if request.method == "POST":
        answer = Answer.read(spec, request.POST) if turn is None else read_answer(turn, spec, request.POST)
        try:
            new = revise_answer(
                judgement=judgement,
                turn=turn,
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
        **_shown(judgement, turn, membership.project, answer, () if fault is None else fault.missing),
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


def _shown(
    judgement: Judgement, turn: Assignment | None, project: Project, answer: Answer, missing: tuple[int, ...]
) -> dict[str, Any]:
    spec = judgement.rubric.spec()
    if turn is not None and spec.ranking is not None:
        return {**group_context(turn, project, spec, answer, missing), "ranks": True}
    is_swapped = turn is not None and is_shown_swapped(turn, spec)
    return {
        **item_context(judgement.item, project, is_swapped=is_swapped),
        **answer_context(spec, answer, missing, is_swapped=is_swapped),
    }


def _given(judgement: Judgement, turn: Assignment | None) -> tuple[int | None, ...]:
    """The levels as they are chosen on the page: of an item, or of the candidates of a group as they were shown."""
    if turn is None or judgement.rubric.spec().ranking is None:
        return tuple(judgement.levels)
    return places_with(judgement, shown_order(turn))


def _turn_of(judgement: Judgement) -> Assignment | None:
    if judgement.rubric.spec().ranking is not None:
        return turn_of_ranking(judgement)
    turns = Assignment.objects.select_related("item", "policy")
    return turns.filter(rater=judgement.rater_id, item=judgement.item_id, status=AssignmentStatus.DONE).first()


def _what_was_revealed(turn: Assignment | None, judgement: Judgement) -> object | None:
    if turn is None or turn.mode != Mode.REVEAL:
        return None
    return finished_turn(assignment=turn, judgement=judgement, rubric=judgement.rubric)


def _refused(fault: Fault) -> HttpResponse:
    body = {"code": fault.code, "fault": fault.words, "missing": fault.missing, "is_lost": fault.is_lost}
    return JsonResponse(body, status=422)


def _row(
    judgement: Judgement, sizes: Mapping[int, int]
) -> tuple[Judgement, str, str, list[tuple[str, str, bool | None]]]:
    """A judgement with the name of what was judged, its words, and its levels; a ranking is told by its candidates."""
    n = sizes.get(judgement.item_id)
    if n is None:
        return judgement, judgement.item.external_id, _title(judgement), _labels(judgement)
    name = judgement.item.group or judgement.item.external_id
    return judgement, name, ngettext("%(n)d candidate ranked", "%(n)d candidates ranked", n) % {"n": n}, []


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
