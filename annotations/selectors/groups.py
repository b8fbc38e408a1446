"""Groups of a project whose candidates can be ranked side by side, and why others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from psycopg import sql

from annotations.estimation import IntArray
from annotations.models import Item, Project
from annotations.rubrics import MISSING, Ranking
from annotations.selectors.arrays import array_in, copied_rows
from annotations.sentences import joined
from annotations.sentences import sentence as _


class LeftOut(StrEnum):
    """Why what was drawn from does not come to the queue. Of a group it is the first that holds."""

    GOLD = "gold"
    NO_GROUP = "no_group"
    ALONE = "alone"
    TOO_MANY = "too_many"
    EVIDENCE_DIFFERS = "evidence_differs"
    NOT_ONE_CANDIDATE = "not_one_candidate"


WORDS: Final = {
    LeftOut.GOLD: _("items that people are given as gold"),
    LeftOut.NO_GROUP: _("items without a group"),
    LeftOut.ALONE: _("groups of one"),
    LeftOut.TOO_MANY: _("groups with more candidates than the rubric has places"),
    LeftOut.EVIDENCE_DIFFERS: _("groups whose items have different evidence"),
    LeftOut.NOT_ONE_CANDIDATE: _("groups with items of more than one candidate"),
}


@dataclass(frozen=True)
class Groups:
    """What there is to rank.

    Attributes:
        members: ids of the items of each group, by the first of them, which stands for the group in the queue.
        left_out: groups that cannot be ranked, and items without a group, by reason.
    """

    members: dict[int, list[int]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


# Of each group that has one of the items, all its items: a ranking is of the whole group.
GROUPS: Final = """
SELECT array_agg(i.id ORDER BY i.id), count(DISTINCT md5(i.context::text)),
       bool_and(jsonb_array_length(i.candidates) = 1)
FROM annotations_item i WHERE i.project_id = %s AND i."group" = ANY (%s) GROUP BY i."group"
"""

_NUMBERS: Final = """
COPY (
    SELECT array_agg(id), array_agg(number)
    FROM (SELECT id, dense_rank() OVER (ORDER BY "group") AS number
          FROM annotations_item WHERE project_id = {project} AND "group" IS NOT NULL) AS numbered
) TO STDOUT (FORMAT BINARY)
"""


def groups_to_rank(*, project: Project, items: QuerySet[Item] | None, ranking: Ranking) -> Groups:
    """The groups that have one of the items, whole.

    Args:
        items: None means all of the project; those of other projects are left out.
    """
    chosen = (Item.objects.all() if items is None else items).filter(project=project)
    names = list(chosen.filter(group__isnull=False).order_by().values_list("group", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, [project.pk, names])
        found: Iterable[tuple[list[int], int, bool]] = cursor.fetchall()
    members: dict[int, list[int]] = {}
    left_out: Counter[str] = Counter()
    for ids, n_contexts, has_one_candidate in found:
        reason = _why_not(ranking, len(ids), n_contexts, has_one_candidate)
        if reason is None:
            members[ids[0]] = ids
        else:
            left_out[reason] += 1
    n_without = chosen.filter(group__isnull=True).count()
    if n_without:
        left_out[LeftOut.NO_GROUP] = n_without
    return Groups(members, dict(left_out))


def group_numbers(*, project: Project, item_ids: IntArray) -> IntArray:
    """The number of each item's group, `MISSING` for one without; numbers hold for this project and this moment.

    Args:
        item_ids: ascending.
    """
    [(ids, numbers)] = copied_rows(sql.SQL(_NUMBERS).format(project=sql.Literal(project.pk)))
    grouped = array_in(ids, ">i8", np.int64)
    found = np.full(len(item_ids), MISSING, dtype=np.int64)
    _, at, at_grouped = np.intersect1d(item_ids, grouped, assume_unique=True, return_indices=True)
    found[at] = array_in(numbers, ">i8", np.int64)[at_grouped]
    return found


def in_words(left_out: Mapping[str, int]) -> str:
    """What was left out by reason; empty for nothing."""
    return joined(_("%(n)s %(what)s", n=n, what=WORDS[LeftOut(reason)]) for reason, n in sorted(left_out.items()))


def _why_not(ranking: Ranking, n_items: int, n_contexts: int, has_one_candidate: bool) -> LeftOut | None:
    if n_items < 2:
        return LeftOut.ALONE
    if not ranking.may_rank(n_items):
        return LeftOut.TOO_MANY
    if n_contexts > 1:
        return LeftOut.EVIDENCE_DIFFERS
    return None if has_one_candidate else LeftOut.NOT_ONE_CANDIDATE
