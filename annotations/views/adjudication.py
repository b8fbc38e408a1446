"""The page on which an adjudicator lives: where and why people differ, and what holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotations.errors import DisputeClosedError, LeaseLostError, OwnWorkError, RubricError, RulingError
from annotations.forms.disputes import CAUSES, RulingForm
from annotations.models import Dispute, Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.disputes import dispute_view, held_dispute, n_open_disputes
from annotations.selectors.threads import threads_on
from annotations.services.rulings import claim_dispute, look, put_back, rule
from annotations.views.turns import criteria_as_keys, item_context
from annotations.wording import say_whole


@never_cache
@require_safe
@member_view(Capability.ADJUDICATE)
def adjudicate(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The dispute that this adjudicator holds, or the one that waits longest; `?dispute=` asks for a certain one."""
    wanted = request.GET.get("dispute", "")
    dispute = claim_dispute(
        project=membership.project, user=request.user, dispute_id=int(wanted) if wanted.isdecimal() else None
    )
    return _page(request, membership, dispute, was_wanted=wanted.isdecimal())


@require_POST
@member_view(Capability.ADJUDICATE)
def rule_on(request: SignedInRequest, membership: Membership, dispute_id: int) -> HttpResponse:
    """Store the ruling; the next dispute comes with the answer."""
    found = Dispute.objects.select_related("item", "rubric").filter(project=membership.project)
    dispute = get_object_or_404(found, pk=dispute_id)
    form = RulingForm(request.POST, spec=dispute.rubric.spec())
    try:
        if not form.is_valid():
            return _again(request, membership, dispute, form, str(next(iter(form.errors.values()))[0]))
        rule(dispute=dispute, adjudicator=request.user, ruling=form.ruling())
    except (RulingError, RubricError) as err:
        return _again(request, membership, dispute, form, say_whole(err))
    except (LeaseLostError, DisputeClosedError, OwnWorkError) as err:
        return _next(request, membership, lost=say_whole(err))
    return _next(request, membership, ruled=dispute.item.external_id)


@require_POST
@member_view(Capability.ADJUDICATE)
def look_at(request: SignedInRequest, membership: Membership, dispute_id: int) -> HttpResponse:
    """Show the names, or what judges said; that they were shown is kept with the ruling."""
    dispute = _held_or_404(membership, dispute_id)
    if not look(dispute=dispute, user=request.user, at=request.POST.getlist("look")):
        raise Http404
    if request.htmx:
        context = {"view": dispute_view(dispute), "project": membership.project, "is_alone": True}
        if dispute.saw_names:
            context |= _thread_context(membership, dispute)
        return render(request, "annotations/_answers.html", context)
    return _page(request, membership, dispute, form=RulingForm(request.POST, spec=dispute.rubric.spec()))


@require_POST
@member_view(Capability.ADJUDICATE)
def put_dispute_back(request: SignedInRequest, membership: Membership, dispute_id: int) -> HttpResponse:
    """Leave it to others; the next one comes with the answer."""
    dispute = _held_or_404(membership, dispute_id)
    put_back(dispute=dispute, user=request.user)
    return _next(request, membership)


def _held_or_404(membership: Membership, dispute_id: int) -> Dispute:
    dispute = held_dispute(membership.project, membership.user, dispute_id)
    if dispute is None:
        raise Http404
    return dispute


def _next(request: SignedInRequest, membership: Membership, *, ruled: str = "", lost: str = "") -> HttpResponse:
    if not request.htmx:
        if lost:
            messages.error(request, lost)
        if ruled:
            messages.success(request, _("Ruled on %(item)s.") % {"item": ruled})
        return redirect("annotations:adjudicate", membership.project.slug)
    dispute = claim_dispute(project=membership.project, user=request.user)
    return _page(request, membership, dispute, ruled=ruled, lost=lost)


def _again(
    request: SignedInRequest, membership: Membership, dispute: Dispute, form: RulingForm, fault: str
) -> HttpResponse:
    """The same dispute with what was chosen kept, and what is wrong; the next one where it is in other hands."""
    if dispute.holder_id != request.user.pk:
        return _next(request, membership, lost=_("This dispute is not in your hands any more. Nothing was stored."))
    return _page(request, membership, dispute, form=form, fault=fault, status=422)


def _page(
    request: SignedInRequest,
    membership: Membership,
    dispute: Dispute | None,
    *,
    form: RulingForm | None = None,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    context: dict[str, Any] = {
        **said,
        "n_open": n_open_disputes(membership.project),
        "csrf_token": get_token(request),
        "project": membership.project,
    }
    if dispute is not None:
        context |= _dispute_context(membership, dispute, form)
    name = "_adjudication" if request.htmx and not request.htmx.boosted else "adjudicate"
    return render(request, f"annotations/{name}.html", context, status=status)


def _dispute_context(membership: Membership, dispute: Dispute, form: RulingForm | None) -> dict[str, Any]:
    view = dispute_view(dispute)
    levels = form.answer.levels if form else ()
    missing = [n for n, level in enumerate(levels) if level is None] if form and form.is_bound else []
    left_s = math.ceil((dispute.lease_expires_at - timezone.now()).total_seconds()) if dispute.lease_expires_at else 0
    chosen: Mapping[str, Any] = form.data if form else {}
    disputed = dispute.criteria[0] if dispute.criteria else 0
    return {
        **item_context(dispute.item, membership.project),
        **(_thread_context(membership, dispute) if dispute.saw_names else {}),
        "view": view,
        "criteria": criteria_as_keys(view.spec, levels, missing),
        "causes": [(str(n), cause, label) for n, (cause, label) in enumerate(CAUSES.items(), 1)],
        "chosen": chosen,
        "unclear": chosen.get("criterion") or str(disputed),
        "lease_left": f"{max(0, left_s) // 60}",
    }


def _thread_context(membership: Membership, dispute: Dispute) -> dict[str, Any]:
    return {
        "threads": threads_on(dispute.item, membership),
        "thread_item": dispute.item,
        "thread_next": reverse("annotations:adjudicate", args=[membership.project.slug]),
    }
