"""Whether a person belongs to a project: asked at every door."""

from __future__ import annotations

from typing import Final, cast

from annotations.models import Membership, Project, User
from annotations.models.rows import Columns, read_row

_MEMBERSHIP: Final = Columns(Membership)
_PROJECT: Final = Columns(Project)
MEMBERSHIP: Final = f"""
SELECT {_MEMBERSHIP.of("membership")}, {_PROJECT.of("project")}
FROM annotations_project project JOIN annotations_membership membership ON membership.project_id = project.id
WHERE project.slug = %(slug)s AND membership.user_id = %(user)s
"""  # noqa: S608  names of our own


def membership_of(user: User, *, slug: str) -> Membership | None:
    """With its project and user loaded; None for whoever is not a member, whether or not there is such a project."""
    found = read_row(MEMBERSHIP, {"slug": slug, "user": user.pk}, _MEMBERSHIP, _PROJECT)
    if found is None:
        return None
    membership, project = cast("tuple[Membership, Project]", found[0])
    membership.user, membership.project = user, project
    return membership
