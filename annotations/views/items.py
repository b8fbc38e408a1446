"""Items of a project, and one item with all that was said of it. Not for annotators: they judge blind."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from annotations.evidence import candidate_of, item_view
from annotations.forms.items import ItemFilterForm
from annotations.models import Item, Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.item_detail import item_detail
from annotations.selectors.items import cell_in_words, filtered_items, item_page, not_held_by
from annotations.selectors.projects import section_counts


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def items(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    form = ItemFilterForm(request.GET, project=project)
    form.is_valid()
    wanted = form.wanted()
    found = filtered_items(project, wanted)
    page = item_page(
        found if wanted.cell is None else not_held_by(request.user, found),
        viewer=request.user,
        after=form.cleaned_data.get("after", ""),
        before=form.cleaned_data.get("before", ""),
    )
    kept = request.GET.copy()
    kept.pop("after", None)
    kept.pop("before", None)
    context = {
        "form": form,
        "page": page,
        "lines": [(line, candidate_of(line.item.candidates[0])) for line in page.lines],
        "query": kept.urlencode(),
        "is_filtered": any(kept.values()),
        "cell": None if wanted.cell is None else cell_in_words(project, wanted.cell),
        "n_items": section_counts(membership).n_items,
        "may_import": may(membership, Capability.IMPORT),
    }
    return render(request, "annotations/items.html", context)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def item(request: SignedInRequest, membership: Membership, item_id: int) -> HttpResponse:
    found = get_object_or_404(
        Item.objects.select_related("batch", "queued").filter(project=membership.project), pk=item_id
    )
    view = item_view(found.context, found.candidates)
    context = {
        "item": found,
        "detail": item_detail(found, viewer=request.user),
        "sections": view.evidence,
        "candidates": view.candidates,
    }
    return render(request, "annotations/item.html", context)
