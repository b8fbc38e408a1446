"""Doing one thing with many items: asked first, with how many it is."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotations.choices import WorkState
from annotations.errors import BulkActionError, DrawError, GoldError, ReservationError
from annotations.forms.item_actions import ActionForm, ticked
from annotations.forms.items import ItemFilterForm
from annotations.models import Membership, Project, User
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.item_filters import ItemFilter
from annotations.selectors.items import visible_items
from annotations.services.bulk import ACTIONS, plan_action
from annotations.services.chores import AT_ONCE, ask_action
from annotations.views.chores import outcome_words
from annotations.wording import say


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def act(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The address says which items and what is to be done; posting has it done, if it is as many as were shown."""
    project = membership.project
    action = request.GET.get("action", "")
    if action not in ACTIONS:
        return redirect("annotations:items", project.slug)
    filters = ItemFilterForm(request.GET, project=project)
    wanted = filters.wanted() if _is_all(request) else ItemFilter(ids=ticked(request.GET))
    make_form = partial(ActionForm, action=action, project=project, reviewers=_reviewers(project))
    form = make_form(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            chore = ask_action(
                action=action,
                project=project,
                wanted=wanted,
                user=request.user,
                values=form.values(),
                n_agreed=form.cleaned_data["n_agreed"],
                query=filters.query,
            )
        except (BulkActionError, DrawError, GoldError, ReservationError) as err:
            form = None
            messages.error(request, say(err))
        else:
            if chore.state != WorkState.READY:
                return redirect("annotations:chore", project.slug, chore.pk)
            messages.success(request, outcome_words(chore))
            return redirect(f"{reverse('annotations:items', args=[project.slug])}?{filters.query}")
    plan = plan_action(action=action, project=project, items=visible_items(project, wanted, request.user))
    context = {
        "action": ACTIONS[action],
        "plan": plan,
        "is_for_a_worker": plan.n_fitting > AT_ONCE,
        "form": form or make_form(n_agreed=plan.n_fitting),
        "chips": filters.chips() if _is_all(request) else [],
        "is_all": _is_all(request),
        "query": filters.query,
        "address": request.get_full_path(),
    }
    return render(request, "annotations/act.html", context, status=422 if request.method == "POST" else 200)


def _reviewers(project: Project) -> QuerySet[User]:
    members = [member for member in project.memberships.all() if may(member, Capability.REVIEW)]
    return User.objects.filter(pk__in=[member.user_id for member in members]).order_by("username")


def _is_all(request: SignedInRequest) -> bool:
    return request.GET.get("scope") == "all"
