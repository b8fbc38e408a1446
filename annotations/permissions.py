"""Who may do what in a project.

Doors ask for a capability, never for a role. Whoever is not a member of a project sees 404, a member
without the capability 403; being staff or superuser opens no project.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from annotations.choices import Role
from annotations.models import Membership, User
from annotations.selectors.membership import membership_of

P = ParamSpec("P")
View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """A request behind `login_required`, for annotations only."""

    user: User
    htmx: HtmxDetails


class Capability(StrEnum):
    VIEW_PROJECT = "view_project"
    REVIEW = "review"
    ADJUDICATE = "adjudicate"
    VIEW_JUDGEMENTS = "view_judgements"
    """See what others said: items with their judgements, judges, runs, agreement. Never an annotator."""
    IMPORT = "import"
    RUN_JUDGES = "run_judges"
    EXPORT = "export"
    EDIT_WORDS = "edit_words"
    """Write new versions of the rubric and the guidelines."""
    MANAGE_PEOPLE = "manage_people"
    MANAGE_PROJECT = "manage_project"


CAPABILITIES: Final[dict[Role, frozenset[Capability]]] = {
    Role.ANNOTATOR: frozenset({Capability.VIEW_PROJECT, Capability.REVIEW}),
    Role.ADJUDICATOR: frozenset(
        {Capability.VIEW_PROJECT, Capability.REVIEW, Capability.ADJUDICATE, Capability.VIEW_JUDGEMENTS}
    ),
    Role.LEAD: frozenset(Capability),
    Role.TRAINER: frozenset(
        {
            Capability.VIEW_PROJECT,
            Capability.VIEW_JUDGEMENTS,
            Capability.IMPORT,
            Capability.RUN_JUDGES,
            Capability.EXPORT,
        }
    ),
}


def capabilities_of(role: str) -> frozenset[Capability]:
    return CAPABILITIES[Role(role)]


def may(membership: Membership, capability: Capability) -> bool:
    return capability in capabilities_of(membership.role)


def membership_or_404(user: User | AnonymousUser, slug: str) -> Membership:
    """The user's membership of the project, with its project and user loaded.

    Raises: Http404, for whoever is not a member, whether or not there is such a project.
    """
    if isinstance(user, AnonymousUser):
        raise Http404
    membership = membership_of(user, slug=slug)
    if membership is None:
        raise Http404
    return membership


def member_view(
    capability: Capability,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, Membership, P], HttpResponseBase]], Callable[..., HttpResponseBase]
]:
    """Turn `view(request, membership, ...)` into a view of `<slug>/...` for members with the capability.

    `request.membership` is set as well, for the frame around the page.
    """

    def decorate(
        view: Callable[Concatenate[SignedInRequest, Membership, P], HttpResponseBase],
    ) -> View:
        @login_required
        @wraps(view)
        def guarded(request: SignedInRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = membership_or_404(request.user, slug)
            request.membership = membership  # type: ignore[attr-defined]
            if not may(membership, capability):
                raise PermissionDenied
            return view(request, membership, *args, **kwargs)

        return guarded

    return decorate


def member_with(read: Capability, write: Capability | None = None) -> type[BasePermission]:
    """A DRF permission for views of `<slug>/...`; it leaves the membership on `view.membership`.

    Args:
        read: needed for every request.
        write: needed besides for requests that change something.
    """

    class MemberWith(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if not request.user.is_authenticated:
                return False
            membership = membership_or_404(request.user, view.kwargs["slug"])
            view.membership = membership  # type: ignore[attr-defined]
            needed = read if write is None or request.method in SAFE_METHODS else write
            return may(membership, read) and may(membership, needed)

    return MemberWith
