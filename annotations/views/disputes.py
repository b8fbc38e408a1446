"""Disputes as a lead sees them: what is open, why people differ, and where the guidelines are to blame."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.choices import Cause, DisputeState
from annotations.errors import DisputeClosedError
from annotations.forms.disputes import DisputeFilterForm
from annotations.models import Dispute, Membership, QueuedItem
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.disputes import cause_counts, disputes_in, escalations_in, unclear_guidelines
from annotations.services.rulings import reopen, settle_guidelines
from annotations.services.settling import stop_asking
from annotations.wording import say_whole

PAGE_SIZE = 50
ESCALATIONS_SHOWN = 50


@require_safe
@member_view(Capability.ADJUDICATE)
def disputes(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    form = DisputeFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    state, cause = wanted.get("state"), wanted.get("cause")
    found = disputes_in(project, state=DisputeState(state) if state else None, cause=Cause(cause) if cause else None)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    counts = cause_counts(project)
    context = {
        "form": form,
        "is_filtered": bool(state or cause),
        "page": page,
        "query": kept.urlencode(),
        "causes": counts,
        "n_rulings": sum(count.n for count in counts),
        "escalations": escalations_in(project)[:ESCALATIONS_SHOWN],
        "may_reopen": may(membership, Capability.MANAGE_PROJECT),
        "may_edit_words": may(membership, Capability.EDIT_WORDS),
    }
    return render(request, "annotations/disputes.html", context)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def reopen_dispute(request: SignedInRequest, membership: Membership, dispute_id: int) -> HttpResponse:
    dispute = get_object_or_404(
        Dispute.objects.select_related("item").filter(project=membership.project), pk=dispute_id
    )
    try:
        reopen(dispute=dispute, by=request.user)
    except DisputeClosedError as err:
        messages.error(request, say_whole(err))
    else:
        messages.success(request, _("%(item)s waits for an adjudicator again.") % {"item": dispute.item.external_id})
    return redirect("annotations:disputes", membership.project.slug)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def adjudicate_now(request: SignedInRequest, membership: Membership, item_id: int) -> HttpResponse:
    """Wait for no further answer on an item on which people differ."""
    queued = get_object_or_404(QueuedItem.objects.select_related("item"), pk=item_id, project=membership.project)
    decision = stop_asking(item_id=queued.pk)
    if decision is None:
        messages.error(request, _("Somebody has the item in hand, or nothing more is asked for. Nothing was changed."))
    else:
        messages.success(request, _("%(item)s waits for no further answer.") % {"item": queued.item.external_id})
    return redirect("annotations:disputes", membership.project.slug)


@require_http_methods(["GET", "POST"])
@member_view(Capability.EDIT_WORDS)
def unclear(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Criteria whose guidelines rulings blame; a POST marks those of one as dealt with."""
    project = membership.project
    rubric, criterion = request.POST.get("rubric", ""), request.POST.get("criterion", "")
    if request.method == "POST" and rubric.isdecimal() and criterion.isdecimal():
        n = settle_guidelines(project=project, rubric_id=int(rubric), criterion=int(criterion), by=request.user)
        words = ngettext("%(n)s ruling is marked as dealt with.", "%(n)s rulings are marked as dealt with.", n)
        messages.success(request, words % {"n": n})
        return redirect("annotations:unclear", project.slug)
    context = {"found": unclear_guidelines(project)}
    return render(request, "annotations/unclear.html", context, status=422 if request.method == "POST" else 200)
