"""Items as judges see them."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.models import Item
from models_llm.judging import JudgedItem


def judged_items(item_ids: Sequence[int], *, with_groups: bool = False) -> list[JudgedItem]:
    """The items in the order given.

    Args:
        with_groups: for a judge that wants groups; the rest of their groups follows, not asked, by id.
    """
    items = {item.pk: item for item in Item.objects.filter(pk__in=item_ids)}
    judged = [_judged(items[item_id]) for item_id in item_ids]
    groups = {(item.project_id, item.group) for item in items.values() if item.group}
    if with_groups and groups:
        rest = Item.objects.filter(
            project_id__in={project_id for project_id, _ in groups}, group__in={group for _, group in groups}
        ).exclude(pk__in=item_ids)
        judged += [
            _judged(item, is_asked=False) for item in rest.order_by("pk") if (item.project_id, item.group) in groups
        ]
    return judged


def _judged(item: Item, *, is_asked: bool = True) -> JudgedItem:
    return JudgedItem(item.context, tuple(item.candidates), item.group or "", is_asked=is_asked)
