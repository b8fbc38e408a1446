"""What the list of items shows, as a file."""

from __future__ import annotations

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_safe

from annotations.forms.items import ItemFilterForm
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.item_export import csv_of, export_rows, json_lines_of
from annotations.selectors.item_filters import filtered_items
from annotations.selectors.items import not_held_by

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@require_safe
@member_view(Capability.EXPORT)
def export_items(request: SignedInRequest, membership: Membership, shape: str) -> StreamingHttpResponse:
    """The items of a filter with people's answers and judges' verdicts, but for those in one's hands for review."""
    if shape not in MEDIA_TYPES:
        raise Http404
    project = membership.project
    wanted = ItemFilterForm(request.GET, project=project).wanted()
    rows = export_rows(not_held_by(request.user, filtered_items(project, wanted)))
    return StreamingHttpResponse(
        csv_of(project, rows) if shape == "csv" else json_lines_of(rows),
        content_type=MEDIA_TYPES[shape],
        headers={"Content-Disposition": f'attachment; filename="{project.slug}-items.{shape}"'},
    )
