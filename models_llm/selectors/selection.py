"""Which items a run judges: all that a filter leaves, or some of them by lot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from annotations.choices import Outcome
from annotations.models import Item, Judgement
from models_llm.choices import Which
from models_llm.models import JudgeVersion, Run
from models_llm.selectors.judges import config_of

N_TRIAL: Final = 20
"""Items that are judged first, to see what the rest would take."""

ItemIds = npt.NDArray[np.int64]

_ROWS_AT_ONCE: Final = 20_000


@dataclass(frozen=True)
class Selection:
    """Which items of the project a run judges.

    Attributes:
        which: of those below, the ones without a verdict of the version, those whose verdict has no rating, or all. A
            verdict that an item has is superseded.
        skip_fitted: leave out items that the judge was fitted on; agreement on them would say nothing.
        slices: slice values an item must have.
        batch_id: the import it must be of.
        round: the round of the loop that must have made it.
        limit: how many items at most, drawn by the run's seed; None for all. For a judge that wants groups, whole
            groups are drawn; such a judge is shown an item's group in any case, whatever of it is selected.
        is_trial: only `N_TRIAL` of them, drawn by the seed too.
        beyond_run_id: leave out what this run, the trial before, has judged.
    """

    which: Which = Which.MISSING
    skip_fitted: bool = True
    slices: Mapping[str, str] = field(default_factory=dict)
    batch_id: int | None = None
    round: int | None = None
    limit: int | None = None
    is_trial: bool = False
    beyond_run_id: int | None = None

    @property
    def most(self) -> int | None:
        """How many items at most; None for all."""
        if not self.is_trial:
            return self.limit
        return N_TRIAL if self.limit is None else min(N_TRIAL, self.limit)


def stored_selection(run: Run) -> Selection:
    """What the run was asked for."""
    stored: dict[str, Any] = dict(run.selection)
    if not stored.pop("only_missing", True):  # as runs of earlier releases have it
        stored["which"] = Which.ALL
    return Selection(**{**stored, "which": Which(stored.get("which", Which.MISSING))})


def selection_record(selection: Selection) -> dict[str, Any]:
    """The selection as JSON, for `stored_selection`."""
    return asdict(selection)


def select_items(version: JudgeVersion, selection: Selection) -> QuerySet[Item]:
    """The selected items, before any limit."""
    items = Item.objects.filter(project_id=version.judge.project_id)
    if selection.slices:
        items = items.filter(slices__contains=dict(selection.slices))
    if selection.batch_id is not None:
        items = items.filter(batch_id=selection.batch_id)
    if selection.round is not None:
        items = items.filter(batch__round=selection.round)
    if selection.skip_fitted and version.config.get("fitted_item_ids"):
        items = items.exclude(pk__in=version.config["fitted_item_ids"])
    judged = Judgement.objects.live().filter(item_id=OuterRef("pk"), rater_id=version.rater_id)
    if selection.which is Which.MISSING:
        items = items.filter(~Exists(judged))
    elif selection.which is Which.UNRATED:
        items = items.filter(Exists(judged.exclude(outcome=Outcome.RATED)))
    if selection.beyond_run_id is not None:
        items = items.filter(~Exists(judged.filter(verdict__run=selection.beyond_run_id)))
    return items


def count_selected(version: JudgeVersion, selection: Selection) -> int:
    """How many items a run of the selection judges; of a judge that wants groups, at most so many."""
    n = select_items(version, selection).count()
    return n if selection.most is None else min(n, selection.most)


def draw_items(version: JudgeVersion, selection: Selection, *, seed: int) -> ItemIds:
    """Ids of the items that a run of the selection judges; to be called in a transaction.

    They are read in pieces into an array: a list of a million Python numbers is five times as large.
    """
    selected = select_items(version, selection).order_by("pk").values_list("pk", flat=True)
    item_ids = np.fromiter(selected.iterator(chunk_size=_ROWS_AT_ONCE), dtype=np.int64)
    most = selection.most
    if most is None or most >= len(item_ids):
        return item_ids
    rng = np.random.default_rng(seed)
    if wants_groups(version):
        return np.array(_draw_groups(_groups(item_ids.tolist()), most, rng), dtype=np.int64)
    return item_ids[np.sort(rng.choice(len(item_ids), size=most, replace=False))]


def cut(version: JudgeVersion, item_ids: ItemIds, size: int) -> Iterator[list[int]]:
    """The items in pieces for shards; groups stay whole for a judge that wants them."""
    if wants_groups(version):
        yield from _pack(_groups(item_ids.tolist()), size)
    else:
        for start in range(0, len(item_ids), size):
            yield item_ids[start : start + size].tolist()


def wants_groups(version: JudgeVersion) -> bool:
    return config_of(version).wants_groups


def _draw_groups(groups: Sequence[Sequence[int]], limit: int, rng: np.random.Generator) -> list[int]:
    """Items of groups in the order drawn, of each that fits whole into what is left of the limit."""
    drawn: list[int] = []
    for position in rng.permutation(len(groups)):
        if len(drawn) + len(groups[position]) <= limit:
            drawn += groups[position]
    return drawn


def _groups(item_ids: Sequence[int]) -> list[list[int]]:
    """The items by group, those of none by themselves, in the order of the first."""
    groups: dict[str | int, list[int]] = {}
    named = dict(Item.objects.filter(pk__in=item_ids).values_list("pk", "group"))
    for item_id in item_ids:
        groups.setdefault(named[item_id] or item_id, []).append(item_id)
    return list(groups.values())


def _pack(groups: Iterable[list[int]], size: int) -> Iterator[list[int]]:
    """Whole groups, so many together that they fill the size; the last of them may go beyond it."""
    piece: list[int] = []
    for group in groups:
        piece += group
        if len(piece) >= size:
            yield piece
            piece = []
    if piece:
        yield piece
