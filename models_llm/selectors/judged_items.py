"""Items as judges see them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from annotations.models import Item
from models_llm.judging import JudgedItem


def judged_items(item_ids: Sequence[int], *, with_groups: bool = False) -> list[JudgedItem]:
    """Items of one project in the order given.

    Args:
        with_groups: for a judge that wants groups; the rest of their groups follows, not asked, by id.
    """
    items = _read(Item.objects.filter(pk__in=item_ids))
    judged = [items[item_id] for item_id in item_ids]
    groups = {item.group for item in judged if item.group}
    if with_groups and groups:
        project = Item.objects.filter(pk=item_ids[0]).values("project_id")[:1]
        rest = Item.objects.filter(project_id=project, group__in=groups).exclude(pk__in=item_ids)
        judged += _read(rest.order_by("pk"), is_asked=False).values()
    return judged


def _read(items: QuerySet[Item], *, is_asked: bool = True) -> dict[int, JudgedItem]:
    return {
        pk: JudgedItem(context, tuple(candidates), group or "", is_asked=is_asked)
        for pk, context, candidates, group in items.values_list("pk", "context", "candidates", "group")
    }
