"""People as a request names them."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.errors import ReservationError
from annotations.models import Project, Rater
from annotations.permissions import Capability, may
from annotations.sentences import sentence as _
from annotations.services.raters import rater_of


def raters_of(project: Project, usernames: Sequence[str]) -> list[Rater]:
    """Raters of members who may review, in the order in which they are named.

    Raises: ReservationError, if a name is of none.
    """
    members = project.memberships.select_related("user").filter(user__username__in=usernames)
    able = {member.user.username: member.user for member in members if may(member, Capability.REVIEW)}
    unknown = [name for name in usernames if name not in able]
    if unknown:
        raise ReservationError(
            _("expected user names of members who may review, got %(unknown)s", unknown=", ".join(unknown))
        )
    return [rater_of(project=project, user=able[name]) for name in usernames]
