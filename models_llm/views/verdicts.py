"""One verdict: what the judge was asked, what it answered, what was read out of it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.items import held_by
from models_llm.selectors.verdicts import verdict_detail


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def verdict(request: SignedInRequest, membership: Membership, judgement_id: int) -> HttpResponse:
    detail = verdict_detail(membership.project, judgement_id)
    if detail is None:
        raise Http404
    if held_by(request.user, [detail.judgement.item_id]):  # the item's page says why nothing is shown yet
        return redirect("annotations:item", membership.project.slug, detail.judgement.item_id)
    return render(request, "models_llm/verdict.html", {"detail": detail})
