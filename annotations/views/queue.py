"""The queue as a lead sees it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.forms.review import QueueForm
from annotations.models import Item, Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.review import queue_figures
from annotations.services.queue import queue_items


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def queue(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """How the queue stands, and the form that sends items to people."""
    project = membership.project
    form = QueueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        queued = queue_items(
            project=project, n=form.sample_size, seed=form.cleaned_data["seed"], order=form.chosen_order
        )
        messages.success(
            request, f"{queued.n_added} items added to the queue; {queued.n_drawn - queued.n_added} were in it before."
        )
        return redirect("annotations:queue", project.slug)
    context = {
        "form": form,
        "figures": queue_figures(project),
        "policy": project.current_policy(),
        "n_items": Item.objects.filter(project=project).count(),
    }
    return render(request, "annotations/queue.html", context, status=422 if form.errors else 200)
