"""How likely the items of a data set were to be selected for people, as far as a manifest says that draws went."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annotations.models import Project
from annotations.selectors.draws import chances_of_any_draw
from models_llm.datasets import IntArray

Chances = tuple[IntArray, NDArray[np.float64]]
"""Item ids, ascending, and how likely each was to be selected."""


def newest_draw(project: Project) -> int:
    """Id of the project's last draw; 0 before the first."""
    return project.draws.order_by("-pk").values_list("pk", flat=True).first() or 0


def read_chances(project: Project, newest: int | None) -> Chances | None:
    """How likely items were to be selected by any draw; None where what brought them to the queue says it.

    Args:
        newest: id of the last draw that counts; None where only the draw counts that brought an item.
    """
    if newest is None:
        return None
    n_draws = project.draws.filter(pk__lte=newest).count()
    if n_draws < 2 and not (n_draws and project.queue.filter(draw=None).exists()):
        return None
    return chances_of_any_draw(project, newest=newest)


def of_any_draw(chosen: list[int], own: list[float | None], chances: Chances | None) -> list[float | None]:
    """Probabilities of the chosen items, None for those outside the queue; all that are in it were in a draw.

    Args:
        chosen: what stands in the queue for each: the item, or the first of its group.
        own: of the draws that brought them.
    """
    if chances is None:
        return own
    ids, of_any = chances
    queued = [place for place, probability in enumerate(own) if probability is not None]
    found = of_any[np.searchsorted(ids, [chosen[place] for place in queued])].tolist()
    known = dict(zip(queued, found, strict=True))
    return [known.get(place) for place in range(len(own))]
