"""Members of a project and invitations to it."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import Role
from annotations.errors import AnnotationsError, InvitationError
from annotations.models import Invitation, Membership, Project, User
from annotations.secrets import digest_of, new_secret
from annotations.services.reservations import keep_nothing_for


class LastLeadError(AnnotationsError):
    """The change would leave a project without a lead."""

    code = "last_lead"


def invite(*, project: Project, role: Role, created_by: User, days: int) -> tuple[Invitation, str]:
    """An invitation for one person and the secret of its link, which nobody can read again."""
    secret = new_secret()
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        created_by=created_by,
        token_digest=digest_of(secret),
        expires_at=timezone.now() + timedelta(days=days),
    )
    return invitation, secret


def revoke_invitation(*, project: Project, invitation_id: int) -> bool:
    """Whether an invitation that was neither used nor revoked is now revoked."""
    unused = Invitation.objects.filter(
        pk=invitation_id, project=project, accepted_at__isnull=True, revoked_at__isnull=True
    )
    return unused.update(revoked_at=timezone.now()) == 1


def accept_invitation(*, secret: str, user: User) -> Membership:
    """Make the user a member. An invitation serves one person, also when two open it at once.

    Raises: InvitationError, if it is unknown, used, revoked or out of date, or the user is a member already;
        in the last case it stays unused.
    """
    try:
        with transaction.atomic():
            invitation = _take(secret, user)
            return Membership.objects.create(project_id=invitation.project_id, user=user, role=invitation.role)
    except IntegrityError as err:
        if "one_membership_per_project_and_user" not in str(err):
            raise
        raise InvitationError(_("You are a member of this project already; the invitation stays unused.")) from err


def _take(secret: str, user: User) -> Invitation:
    now = timezone.now()
    found = Invitation.objects.filter(token_digest=digest_of(secret))
    taken = found.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now).update(
        accepted_at=now, accepted_by=user
    )
    invitation = found.first()
    if invitation is None:
        raise InvitationError(_("There is no such invitation. Ask a lead of the project for a new link."))
    if not taken:
        raise InvitationError(invitation.fault(now))
    return invitation


def change_role(*, membership: Membership, role: Role) -> None:
    """Whoever trains judges reviews no more, so nothing of the queue is kept for them.

    Raises: LastLeadError.
    """
    with transaction.atomic():
        _keep_a_lead(membership, role)
        Membership.objects.filter(pk=membership.pk).update(role=role)
    if role == Role.TRAINER:
        keep_nothing_for(project=membership.project, user=membership.user)


def remove_member(*, membership: Membership) -> None:
    """Close the project to a member. What they judged stays; what was kept for them goes to others.

    Raises: LastLeadError.
    """
    with transaction.atomic():
        _keep_a_lead(membership, None)
        Membership.objects.filter(pk=membership.pk).delete()
    # Apart from the above: whoever claims holds an item and then reads the row of the project, which is held there.
    keep_nothing_for(project=membership.project, user=membership.user)


def _keep_a_lead(membership: Membership, role: Role | None) -> None:
    """Holds the project's row, so that two leads cannot remove each other at once."""
    Project.objects.select_for_update().get(pk=membership.project_id)
    others = Membership.objects.filter(project_id=membership.project_id, role=Role.LEAD).exclude(pk=membership.pk)
    if role != Role.LEAD and not others.exists():
        raise LastLeadError(
            _("%(user)s is the only lead of this project. Make another member a lead first.")
            % {"user": membership.user.name}
        )
