"""Starting runs and changing their state. Every change is a conditional update, so two at once do no harm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Item, Judgement, User
from models_llm.choices import Queue, RunState, ShardState
from models_llm.errors import JudgeError, RunStateError
from models_llm.models import JudgeVersion, Run, Shard
from models_llm.selectors.judges import config_of
from models_llm.services.feeding import feed

SHARD_SIZE: Final = 500
"""Items a worker leases at once: enough to make little of what a shard costs, and few enough to lose one."""

UNRATED: Final = (Outcome.UNPARSED, Outcome.REFUSED, Outcome.TRUNCATED, Outcome.FAILED)


@dataclass(frozen=True)
class Selection:
    """Which items of the project a run judges.

    Attributes:
        only_missing: leave out items that the version has judged; otherwise their verdicts are superseded.
        skip_fitted: leave out items that the judge was fitted on; agreement on them would say nothing.
        slices: slice values an item must have.
        limit: how many items at most, drawn by the run's seed; None for all. For a judge that wants groups, whole
            groups are drawn; such a judge is shown an item's group in any case, whatever of it is selected.
    """

    only_missing: bool = True
    skip_fitted: bool = True
    slices: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None


def select_items(version: JudgeVersion, selection: Selection) -> QuerySet[Item]:
    """The selected items, before any limit."""
    items = Item.objects.filter(project_id=version.judge.project_id)
    if selection.slices:
        items = items.filter(slices__contains=dict(selection.slices))
    if selection.skip_fitted and version.config.get("fitted_item_ids"):
        items = items.exclude(pk__in=version.config["fitted_item_ids"])
    if selection.only_missing:
        judged = Judgement.objects.live().filter(item_id=OuterRef("pk"), rater_id=version.rater_id)
        items = items.filter(~Exists(judged))
    return items


def start_run(
    *,
    version: JudgeVersion,
    selection: Selection | None = None,
    seed: int = 0,
    shard_size: int = SHARD_SIZE,
    user: User | None = None,
) -> Run:
    """Begin to judge the selected items; workers take its shards from here.

    Args:
        seed: of the judge's sampling, and of the draw where the selection has a limit.
        shard_size: items a worker leases at once.
    Returns: the run, complete already if nothing was selected.
    Raises: JudgeError, if the judge is a recorded one.
    """
    if version.judge.is_recorded:
        raise JudgeError(
            f"“{version.rater}” is a recorded judge: its verdicts came with an import, and nothing can run"
        )
    selection = selection or Selection()
    with transaction.atomic():
        item_ids = _draw(select_items(version, selection), selection.limit, seed, wants_groups=_wants_groups(version))
        now = timezone.now()
        run = Run.objects.create(
            judge_version=version,
            state=RunState.RUNNING if item_ids else RunState.COMPLETE,
            selection=asdict(selection),
            n_items=len(item_ids),
            seed=seed,
            created_by=user,
            created_at=now,
            finished_at=None if item_ids else now,
        )
        _add_shards(run, item_ids, shard_size, redo_before=None if selection.only_missing else now)
        feed(Queue(version.queue))
    return run


def pause_run(*, run: Run) -> None:
    """Stop handing out shards; a worker in the middle of one stops at its next chunk."""
    _change(run, {RunState.RUNNING}, RunState.PAUSED)


@transaction.atomic
def resume_run(*, run: Run) -> None:
    _change(run, {RunState.PAUSED}, RunState.RUNNING)
    # Messages that came while it stood still were thrown away.
    run.shards.filter(state=ShardState.WAITING, sent_at__isnull=False).update(sent_at=None)
    feed(Queue(run.judge_version.queue))


def cancel_run(*, run: Run) -> None:
    """End the run; the verdicts it has stay."""
    _change(run, {RunState.RUNNING, RunState.PAUSED}, RunState.CANCELLED, finished_at=timezone.now())


CHANGES: Final[Mapping[str, Callable[..., None]]] = {
    "pause": pause_run,
    "resume": resume_run,
    "cancel": cancel_run,
}
"""What a door may ask by name; each takes `run`."""


@transaction.atomic
def retry_failed(*, run: Run, outcomes: Collection[Outcome] = (Outcome.FAILED,)) -> int:
    """Judge the run's items again whose verdict ended so; the new verdicts supersede the old.

    Args:
        outcomes: which; none may be RATED.
    Returns: how many items are judged again.
    Raises: RunStateError, if the run is not complete (a cancelled one would take up the rest of its items again),
        or an outcome is RATED.
    """
    if Outcome.RATED in outcomes:
        raise RunStateError("expected outcomes without ratings to retry, got “rated”")
    item_ids = list(
        Judgement.objects.live()
        .filter(verdict__run=run, outcome__in=list(outcomes))
        .order_by("item_id")
        .values_list("item_id", flat=True)
    )
    if item_ids:
        _change(run, {RunState.COMPLETE}, RunState.RUNNING, finished_at=None)
        _add_shards(run, item_ids, SHARD_SIZE, redo_before=timezone.now())
        feed(Queue(run.judge_version.queue))
    return len(item_ids)


def _draw(items: QuerySet[Item], limit: int | None, seed: int, *, wants_groups: bool) -> list[int]:
    item_ids = list(items.order_by("pk").values_list("pk", flat=True))
    if limit is None or limit >= len(item_ids):
        return item_ids
    rng = np.random.default_rng(seed)
    if wants_groups:
        return _draw_groups(_groups(item_ids), limit, rng)
    drawn = rng.choice(len(item_ids), size=limit, replace=False)
    return [item_ids[position] for position in sorted(drawn)]


def _draw_groups(groups: Sequence[Sequence[int]], limit: int, rng: np.random.Generator) -> list[int]:
    """Items of groups in the order drawn, of each that fits whole into what is left of the limit."""
    drawn: list[int] = []
    for position in rng.permutation(len(groups)):
        if len(drawn) + len(groups[position]) <= limit:
            drawn += groups[position]
    return drawn


def _wants_groups(version: JudgeVersion) -> bool:
    return config_of(version).wants_groups


def _groups(item_ids: Sequence[int]) -> list[list[int]]:
    """The items by group, those of none by themselves, in the order of the first."""
    groups: dict[str | int, list[int]] = {}
    named = dict(Item.objects.filter(pk__in=item_ids).values_list("pk", "group"))
    for item_id in item_ids:
        groups.setdefault(named[item_id] or item_id, []).append(item_id)
    return list(groups.values())


def _add_shards(run: Run, item_ids: Sequence[int], size: int, *, redo_before: datetime | None) -> None:
    newest = run.shards.aggregate(newest=Max("number"))["newest"]
    first = 1 if newest is None else newest + 1
    if _wants_groups(run.judge_version):
        pieces: Iterable[list[int]] = _pack(_groups(item_ids), size)
    else:
        pieces = (list(item_ids[start : start + size]) for start in range(0, len(item_ids), size))
    Shard.objects.bulk_create(
        (
            Shard(run=run, number=number, item_ids=piece, redo_before=redo_before)
            for number, piece in enumerate(pieces, start=first)
        ),
        batch_size=100,
    )


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


def _change(run: Run, expected: set[RunState], state: RunState, *, finished_at: datetime | None = None) -> None:
    changed = Run.objects.filter(pk=run.pk, state__in=expected).update(state=state, finished_at=finished_at)
    run.refresh_from_db(fields=["state", "finished_at"])
    if not changed:
        names = " or ".join(sorted(expected))
        raise RunStateError(f"expected a run that is {names}, run {run.pk} is {run.state}")
