"""What imports did."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Min, QuerySet

from annotations.models import Batch, Project


class RefusalCount(NamedTuple):
    """Rows refused for one reason, with the first of them as an example."""

    code: str
    n_rows: int
    first_row: int


def refusal_counts(batch: Batch) -> list[RefusalCount]:
    """Refused rows by reason, the most frequent first."""
    counts = batch.refusals.values_list("code").annotate(n=Count("pk"), first=Min("row_number"))
    return [RefusalCount(*row) for row in counts.order_by("-n", "code")]


def batches_of(project: Project) -> QuerySet[Batch]:
    """Imports of a project, newest first."""
    return project.batches.select_related("created_by").order_by("-pk")
