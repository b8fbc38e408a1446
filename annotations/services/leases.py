"""The time that an annotator has for an item."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from annotations.choices import AssignmentStatus
from annotations.models import Assignment, Rater


def renew_lease(*, assignment_id: int, rater: Rater, lease_s: int) -> datetime | None:
    """Begin the lease of a turn anew, as its item comes to the screen.

    Returns: when it ends; None for a turn that has ended, or is somebody else's: then nothing changes.
    """
    ends_at = timezone.now() + timedelta(seconds=lease_s)
    turn = Assignment.objects.filter(pk=assignment_id, rater=rater, status=AssignmentStatus.LEASED)
    return ends_at if turn.update(lease_expires_at=ends_at) else None
