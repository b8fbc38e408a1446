"""Which items a run judges: all that a filter leaves, or some of them by lot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import Case, Exists, Min, OuterRef, QuerySet, When, Window

from annotations.choices import Outcome
from annotations.models import Item, Judgement
from models_llm.choices import Which
from models_llm.models import JudgeVersion, Run
from models_llm.selectors.judges import described_config

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


class Drawn(NamedTuple):
    """Items to judge.

    Attributes:
        item_ids: (n,), those of a group side by side where the judge wants groups.
        ends: positions behind the last item of each group; of each item, where the judge wants none.
    """

    item_ids: ItemIds
    ends: npt.NDArray[np.int64]


def stored_selection(run: Run) -> Selection:
    """What the run was asked for."""
    return Selection(**{**run.selection, "which": Which(run.selection["which"])})


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


def draw_items(version: JudgeVersion, selection: Selection, *, seed: int) -> Drawn:
    """The items that a run of the selection judges; to be called in a transaction."""
    found = read_items(version, select_items(version, selection))
    most = selection.most
    if most is None or most >= len(found.item_ids):
        return found
    rng = np.random.default_rng(seed)
    if not wants_groups(version):
        return _singles(found.item_ids[np.sort(rng.choice(len(found.item_ids), size=most, replace=False))])
    return _draw_groups(found, most, rng)


def read_items(version: JudgeVersion, items: QuerySet[Item]) -> Drawn:
    """The items, by groups for a judge that wants them; to be called in a transaction.

    They are read in pieces into arrays: a list of a million Python numbers is five times as large.
    """
    if not wants_groups(version):
        ids = items.order_by("pk").values_list("pk", flat=True)
        return _singles(np.fromiter(ids.iterator(chunk_size=_ROWS_AT_ONCE), dtype=np.int64))
    alone = Case(When(group__isnull=True, then="pk"), When(group="", then="pk"))
    first = Window(Min("pk"), partition_by=["group", alone])
    rows = items.annotate(first=first).order_by("first", "pk").values_list("pk", "first")
    found = np.fromiter(rows.iterator(chunk_size=_ROWS_AT_ONCE), dtype=[("pk", np.int64), ("first", np.int64)])
    return Drawn(found["pk"], np.append(np.flatnonzero(np.diff(found["first"])) + 1, len(found)))


def cut(drawn: Drawn, size: int) -> Iterator[list[int]]:
    """The items in pieces for shards. Groups stay whole: a piece ends where it has its size, or with a group behind."""
    start = 0
    while start < len(drawn.item_ids):
        last = int(np.searchsorted(drawn.ends, start + size))
        end = int(drawn.ends[min(last, len(drawn.ends) - 1)])
        yield drawn.item_ids[start:end].tolist()
        start = end


def wants_groups(version: JudgeVersion) -> bool:
    return described_config(version).wants_groups


def _singles(item_ids: ItemIds) -> Drawn:
    return Drawn(item_ids, np.arange(1, len(item_ids) + 1))


def _draw_groups(found: Drawn, limit: int, rng: np.random.Generator) -> Drawn:
    """Groups by lot, each that fits whole into what is left of the limit."""
    sizes = np.diff(found.ends, prepend=0)
    is_drawn = np.zeros(len(sizes), dtype=bool)
    for group in rng.permutation(len(sizes)):
        if sizes[group] <= limit:
            is_drawn[group] = True
            limit -= sizes[group]
    return Drawn(found.item_ids[np.repeat(is_drawn, sizes)], np.cumsum(sizes[is_drawn]))
