"""Members of a project, and the links that invite new ones."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotations.accounts import INVITATION_KEY
from annotations.choices import Role
from annotations.errors import InvitationError
from annotations.forms.people import InvitationForm, RoleForm
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.people import invitation_with, open_invitations
from annotations.selectors.signals import member_lines
from annotations.services.people import (
    LastLeadError,
    accept_invitation,
    change_role,
    invite,
    remove_member,
    revoke_invitation,
)
from annotations.templatetags.vocabulary import in_words
from annotations.wording import say


@require_safe
@member_view(Capability.VIEW_PROJECT)
def people(request: SignedInRequest, membership: Membership) -> HttpResponse:
    return _people_page(request, membership)


@never_cache
@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def add_invitation(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Shows the link in the answer itself: only a digest of it is kept, so a redirect would lose it."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _people_page(request, membership, form=form)
    _, secret = invite(
        project=membership.project,
        role=Role(form.cleaned_data["role"]),
        created_by=request.user,
        days=form.cleaned_data["days"],
    )
    link = settings.BASE_URL.rstrip("/") + reverse("annotations:invitation", args=[secret])
    return _people_page(request, membership, new_link=link)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def drop_invitation(request: SignedInRequest, membership: Membership, invitation_id: int) -> HttpResponse:
    if revoke_invitation(project=membership.project, invitation_id=invitation_id):
        messages.success(request, _("The invitation is revoked; its link opens nothing any more."))
    return redirect("annotations:people", membership.project.slug)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def set_role(request: SignedInRequest, membership: Membership, member_id: int) -> HttpResponse:
    member = _member(membership, member_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            change_role(membership=member, role=Role(form.cleaned_data["role"]))
        except LastLeadError as err:
            messages.error(request, say(err))
        else:
            messages.success(
                request,
                _("%(name)s is now %(role)s.")
                % {"name": member.user.name, "role": in_words(form.cleaned_data["role"])},
            )
    return redirect("annotations:people", membership.project.slug)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def drop_member(request: SignedInRequest, membership: Membership, member_id: int) -> HttpResponse:
    member = _member(membership, member_id)
    try:
        remove_member(membership=member)
    except LastLeadError as err:
        messages.error(request, say(err))
    else:
        messages.success(
            request, _("%(name)s is no member any more. What they judged stays.") % {"name": member.user.name}
        )
    if member.user_id == request.user.pk:
        return redirect("projects")
    return redirect("annotations:people", membership.project.slug)


@never_cache
@require_safe
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link opens: for whom it is, and the way in."""
    found = invitation_with(secret)
    if found is None:
        raise Http404
    fault = found.fault(timezone.now())
    context = {"invitation": found, "fault": fault, "secret": secret}
    if not fault and not request.user.is_authenticated:
        request.session[INVITATION_KEY] = secret
    if request.user.is_authenticated:
        context["is_member"] = found.project.memberships.filter(user=request.user).exists()
    return render(request, "annotations/invitation.html", context, status=410 if fault else 200)


@require_POST
@login_required
def accept(request: SignedInRequest, secret: str) -> HttpResponse:
    if invitation_with(secret) is None:
        raise Http404
    try:
        joined = accept_invitation(secret=secret, user=request.user)
    except InvitationError as err:
        messages.error(request, say(err))
        return redirect("annotations:invitation", secret)
    request.session.pop(INVITATION_KEY, None)
    messages.success(
        request, _("You are now %(role)s in %(project)s.") % {"role": in_words(joined.role), "project": joined.project}
    )
    return redirect("overview", joined.project.slug)


def _member(membership: Membership, member_id: int) -> Membership:
    return get_object_or_404(membership.project.memberships.select_related("user"), pk=member_id)


def _people_page(
    request: SignedInRequest,
    membership: Membership,
    *,
    form: InvitationForm | None = None,
    new_link: str = "",
) -> HttpResponse:
    may_manage = may(membership, Capability.MANAGE_PEOPLE)
    context = {
        "members": member_lines(membership.project, with_signals=may_manage),
        "trains": may_manage and membership.project.current_policy().training_pass is not None,
        "may_manage": may_manage,
        "roles": list(Role),
        "form": form or InvitationForm(),
        "invitations": open_invitations(membership.project) if may_manage else [],
        "new_link": new_link,
    }
    faulty = form is not None and form.errors
    return render(request, "annotations/people.html", context, status=422 if faulty else 200)
