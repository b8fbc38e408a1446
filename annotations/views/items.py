"""Items of a project, and one item with all that was said of it. Not for annotators: they judge blind."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotations.evidence import candidate_of, item_view
from annotations.forms.item_actions import SavedViewForm
from annotations.forms.items import ItemFilterForm
from annotations.models import Item, Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.disputes import rulings_on
from annotations.selectors.item_detail import item_detail
from annotations.selectors.item_filters import count_items
from annotations.selectors.items import cell_in_words, item_page, visible_items
from annotations.selectors.projects import section_counts
from annotations.selectors.saved_views import views_for
from annotations.selectors.threads import threads_on
from annotations.services.bulk import ACTIONS
from annotations.views.chores import under_way


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def items(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    form = ItemFilterForm(request.GET, project=project)
    wanted = form.wanted()
    found = visible_items(project, wanted, request.user)
    page = item_page(
        found,
        viewer=request.user,
        sort=form.order,
        after=form.cleaned_data.get("after", ""),
        before=form.cleaned_data.get("before", ""),
    )
    query = form.query
    context = {
        "form": form,
        "page": page,
        "lines": [(line, candidate_of(line.item.candidates[0])) for line in page.lines],
        "query": query,
        "is_filtered": not wanted.is_empty,
        "chips": form.chips(),
        "count": None if wanted.is_empty else count_items(found),
        "cell": None if wanted.cell is None else cell_in_words(project, wanted.cell),
        "n_items": section_counts(membership).n_items,
        "views": views_for(project, request.user),
        "view_form": SavedViewForm(auto_id="view_%s"),
        "actions": ACTIONS if may(membership, Capability.MANAGE_PROJECT) else {},
        "chores": under_way(project) if may(membership, Capability.MANAGE_PROJECT) else [],
        "may_import": may(membership, Capability.IMPORT),
        "may_export": may(membership, Capability.EXPORT),
    }
    return render(request, "annotations/items.html", context)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def item(request: SignedInRequest, membership: Membership, item_id: int) -> HttpResponse:
    found = get_object_or_404(
        Item.objects.select_related("batch", "queued").filter(project=membership.project), pk=item_id
    )
    view = item_view(found.context, found.candidates)
    context: dict[str, Any] = {
        "item": found,
        "detail": item_detail(found, viewer=request.user),
        "sections": view.evidence,
        "candidates": view.candidates,
    }
    if not context["detail"].is_covered:
        context |= {
            "rulings": rulings_on(found),
            "threads": threads_on(found, membership),
            "thread_item": found,
        }
    return render(request, "annotations/item.html", context)
