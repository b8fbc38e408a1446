"""Members and invitations."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from annotations.models import Invitation, Membership, Project
from annotations.secrets import digest_of


def members(project: Project) -> QuerySet[Membership]:
    return project.memberships.select_related("user").order_by("user__username")


def open_invitations(project: Project) -> QuerySet[Invitation]:
    """Invitations that can still be used, newest first."""
    return (
        project.invitations.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())
        .select_related("created_by")
        .order_by("-created_at")
    )


def invitation_with(secret: str) -> Invitation | None:
    """The invitation whose link has this secret, used or not."""
    return Invitation.objects.select_related("project").filter(token_digest=digest_of(secret)).first()


def open_invitation(secret: str) -> Invitation | None:
    invitation = invitation_with(secret)
    if invitation is None or invitation.fault(timezone.now()):
        return None
    return invitation
