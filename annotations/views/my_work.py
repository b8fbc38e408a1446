"""One's own annotations, and changing them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotations.errors import AlreadyJudgedError, IncompleteAnnotationError
from annotations.evidence import candidate_of
from annotations.forms.review import Answer
from annotations.models import Judgement, Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.quality import own_gold
from annotations.selectors.review import n_finished_today, own_work
from annotations.selectors.threads import threads_on
from annotations.services.raters import rater_of
from annotations.services.revisions import revise_annotation
from annotations.views.review import criteria_as_keys, item_context

PAGE_SIZE = 25


@require_safe
@member_view(Capability.REVIEW)
def my_work(request: SignedInRequest, membership: Membership) -> HttpResponse:
    rater = rater_of(project=membership.project, user=request.user)
    page = Paginator(own_work(rater), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(judgement, _title(judgement), _labels(judgement)) for judgement in page],
        "criteria": membership.project.current_rubric().spec().criteria,
        "n_today": n_finished_today(rater),
        "own_gold": own_gold(membership.project, rater),
    }
    return render(request, "annotations/my_work.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@member_view(Capability.REVIEW)
def revise(request: SignedInRequest, membership: Membership, judgement_id: int) -> HttpResponse:
    """One's own answer again, as blind as the first time."""
    rater = rater_of(project=membership.project, user=request.user)
    judgement = get_object_or_404(own_work(rater), pk=judgement_id)
    spec = judgement.rubric.spec()
    answer = Answer(levels=tuple(judgement.levels), rationale=judgement.rationale)
    fault = ""
    missing: tuple[int, ...] = ()
    if request.method == "POST":
        answer = Answer.read(spec, request.POST)
        try:
            revise_annotation(
                judgement=judgement, levels=answer.levels, rationale=answer.rationale, seconds=answer.seconds
            )
            return redirect("annotations:my-work", membership.project.slug)
        except IncompleteAnnotationError as err:
            fault, missing = "Choose a level for each criterion. Nothing was changed.", err.positions
        except AlreadyJudgedError as err:
            fault = f"{err}."
    context = {
        **item_context(judgement.item, membership.project),
        "judgement": judgement,
        "criteria": criteria_as_keys(spec, answer.levels, missing),
        "rationale": answer.rationale,
        "fault": fault,
        "threads": threads_on(judgement.item, membership),
        "thread_item": judgement.item,
    }
    return render(request, "annotations/revise.html", context, status=422 if fault else 200)


def _title(judgement: Judgement) -> str:
    return " | ".join(candidate_of(candidate).headline for candidate in judgement.item.candidates)


def _labels(judgement: Judgement) -> list[tuple[str, str, bool | None]]:
    """Criterion, level and whether it passes."""
    return [
        (criterion.name, "not rated", None)
        if level is None
        else (criterion.name, criterion.levels[level].label, criterion.levels[level].passes)
        for criterion, level in zip(judgement.rubric.spec().criteria, judgement.levels, strict=True)
    ]
