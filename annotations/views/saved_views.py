"""Filters of the list of items under a name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.errors import SavedViewError
from annotations.forms.item_actions import SavedViewForm
from annotations.forms.items import ItemFilterForm
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.saved_views import own_views
from annotations.services.saved_views import change_view, delete_view, save_view
from annotations.wording import say


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def saved_views(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """One's own, to rename, share and delete."""
    views = own_views(membership.project, request.user).order_by("name")
    return render(request, "annotations/saved_views.html", {"views": views})


@require_POST
@member_view(Capability.VIEW_JUDGEMENTS)
def add_view(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    query = ItemFilterForm(QueryDict(request.POST.get("query", "")), project=project).query
    form = SavedViewForm(request.POST)
    if form.is_valid():
        try:
            save_view(
                project=project,
                owner=request.user,
                name=form.cleaned_data["name"],
                query=query,
                is_shared=form.cleaned_data["is_shared"],
            )
        except SavedViewError as err:
            messages.error(request, say(err))
        else:
            messages.success(request, _("The view is saved."))
    else:
        messages.error(request, _("Expected a name of 1 to 80 characters; nothing was saved."))
    return redirect(f"{reverse('annotations:items', args=[project.slug])}?{query}")


@require_POST
@member_view(Capability.VIEW_JUDGEMENTS)
def edit_view(request: SignedInRequest, membership: Membership, view_id: int) -> HttpResponse:
    view = get_object_or_404(own_views(membership.project, request.user), pk=view_id)
    form = SavedViewForm(request.POST)
    if form.is_valid():
        try:
            change_view(view=view, name=form.cleaned_data["name"], is_shared=form.cleaned_data["is_shared"])
        except SavedViewError as err:
            messages.error(request, say(err))
        else:
            messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Expected a name of 1 to 80 characters; nothing was saved."))
    return redirect("annotations:saved-views", membership.project.slug)


@require_POST
@member_view(Capability.VIEW_JUDGEMENTS)
def drop_view(request: SignedInRequest, membership: Membership, view_id: int) -> HttpResponse:
    delete_view(view=get_object_or_404(own_views(membership.project, request.user), pk=view_id))
    messages.success(request, _("The view is deleted; no item was."))
    return redirect("annotations:saved-views", membership.project.slug)
