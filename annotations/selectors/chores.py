"""What leads asked for that is about many items, and how far it is."""

from __future__ import annotations

import numpy as np
from django.db.models import QuerySet

from annotations.allocation import IntArray
from annotations.models import Chore, ChoreItems, Project
from annotations.selectors.arrays import array_in, selected_rows


def chores_of(project: Project) -> QuerySet[Chore]:
    """Newest first."""
    return Chore.objects.filter(project=project).select_related("created_by", "draw", "project").order_by("-pk")


def chores_under_way(project: Project) -> QuerySet[Chore]:
    """Those that are not finished, newest first."""
    unfinished: QuerySet[Chore] = Chore.objects.unfinished().filter(project=project).order_by("-pk")
    return unfinished


def items_of(chore: Chore) -> IntArray:
    """Ids of the items that a chore is about, in the order in which they are changed."""
    [[ids]] = selected_rows(ChoreItems.objects.filter(chore=chore).values("items"))
    found: IntArray = array_in(ids, ">i8", np.int64)
    return found
