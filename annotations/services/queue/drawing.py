"""Sending items to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from annotations.allocation import IntArray, Pool
from annotations.choices import ChoreStep, Order, QueueState
from annotations.models import Draw, DrawnFrom, Item, Project, QueuedCandidate, QueuedItem, User
from annotations.selectors.draws import PlannedDraw, digest_of_ids, gold_among, plan_draw
from annotations.selectors.groups import LeftOut
from annotations.services.copying import as_array, copy_lines

ROWS_AT_ONCE: Final = 5_000
ENQUEUED_AT_ONCE: Final = 50_000
ENQUEUE: Final = """
INSERT INTO annotations_queueditem
    (item_id, project_id, policy_id, draw_id, position, overlap, skill, state, probability, seed, created_at)
SELECT item.id, item.project_id, policy.id, %(draw)s, %(after)s + drawn.rank,
    CASE WHEN annotations_lot(policy.seed, 'overlap', item.id) < policy.more_overlap_share
         THEN COALESCE(policy.more_overlap, policy.overlap) ELSE policy.overlap END,
    CASE WHEN policy.skill_slice = '' THEN '' ELSE left(COALESCE(item.slices ->> policy.skill_slice, ''), 120) END,
    %(state)s, drawn.probability, %(seed)s, now()
FROM unnest(%(items)s::bigint[], %(probabilities)s::float8[]) WITH ORDINALITY AS drawn(item_id, probability, rank)
JOIN annotations_item item ON item.id = drawn.item_id
JOIN annotations_reviewpolicy policy ON policy.id = %(policy)s
ON CONFLICT (item_id) DO NOTHING
"""


def queue_items(
    *,
    project: Project,
    items: QuerySet[Item] | None = None,
    n: int | None = None,
    seed: int | None = None,
    order: Order | None = None,
    drawn_by: User | None = None,
    on_step: Callable[[ChoreStep], None] | None = None,
) -> Draw:
    """Ask people about items, under the project's current policy; a later policy is for items queued later.

    The draw is over all of `items`, those in the queue included, so the same call again adds nothing; where nothing
    directs the draw, a larger `n` with the same seed adds just the difference. An item that is in the queue keeps its
    place, its overlap and the draw that brought it.

    Under a rubric that ranks, groups are drawn and counted in the place of items. What belongs to a group is fixed as
    it comes to the queue; groups that cannot be ranked are left out, and the draw says how many and why.

    What is drawn but is given as gold stays out of the queue: its answer is known, and whoever met it as gold could not
    answer it as work. That has nothing to do with the lot, so the others' chances stay what they are.

    Args:
        items: items to draw from; None means all of the project. Items of other projects are left out.
        n: size of the sample; None means all items.
        seed, order: the policy's unless given.
        on_step: called with what is done next, and before each part of it; what it raises undoes the draw.
    Returns: the draw, stored with all that is needed to repeat it.
    Raises: DrawError, if there is nothing to draw from, if `n` is below 1 or below the policy's floors together, or if
        the policy has not what another order than its own needs.
    """
    report = on_step or (lambda _step: None)
    with transaction.atomic():
        report(ChoreStep.READING)
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # positions are given out one call at a time
        policy = project.current_policy()
        planned = plan_draw(
            project=project, settings=policy.settings(), items=items, n=n, seed=seed, order=order
        )  # fmt: skip
        draw = Draw.objects.create(project=project, policy=policy, drawn_by=drawn_by, **_columns(planned))
        _keep_pool(draw, planned.pool)
        gold = gold_among(project, planned.drawn_ids)
        draw.n_added = _enqueue(draw, planned, gold, lambda: report(ChoreStep.QUEUEING))
        if len(gold):
            draw.left_out = {**draw.left_out, LeftOut.GOLD: len(gold)}
        _enqueue_candidates(draw, planned)
        draw.save(update_fields=["n_added", "left_out"])
    return draw


def _columns(planned: PlannedDraw) -> dict[str, object]:
    probabilities = planned.draw.probabilities
    return {
        "order": planned.plan.order,
        "uniform_share": planned.plan.uniform_share,
        "slice_key": planned.slice_key,
        "slice_least": planned.plan.least,
        "n_wanted": planned.plan.n,
        "seed": planned.seed,
        "n_items": len(planned.pool.ids),
        "n_drawn": len(planned.draw.indices),
        "n_added": 0,
        "least_probability": float(probabilities.min()),
        "most_probability": float(probabilities.max()),
        "stream": planned.stream,
        "digest": digest_of_ids(planned.drawn_ids),
        "left_out": planned.groups.left_out,
    }


def _keep_pool(draw: Draw, pool: Pool) -> None:
    """What the draw is over, as `DrawnFrom`; through the model every number would be adapted by itself."""
    scores = None if pool.scores is None else pool.scores.tolist()
    fields = (str(draw.pk).encode(), as_array(pool.ids.tolist()), as_array(scores))
    copy_lines(DrawnFrom._meta.db_table, ("draw_id", "items", "scores"), [b"\t".join(fields) + b"\n"])


def _enqueue(draw: Draw, planned: PlannedDraw, gold: IntArray, before_part: Callable[[], None]) -> int:
    """How many of the items drawn are new in the queue."""
    queue = QueuedItem.objects.filter(project=draw.project_id)
    asked = planned.draw.indices[~np.isin(planned.drawn_ids, gold)]
    is_by_lot = planned.plan.n is not None or planned.plan.order != Order.GIVEN
    after = queue.aggregate(furthest=Max("position"))["furthest"] or 0
    n_added = 0
    with connection.cursor() as cursor:
        for start in range(0, len(asked), ENQUEUED_AT_ONCE):
            before_part()
            part = asked[start : start + ENQUEUED_AT_ONCE]
            cursor.execute(
                ENQUEUE,
                {
                    "policy": draw.policy_id,
                    "draw": draw.pk,
                    "after": after + start,
                    "state": QueueState.OPEN,
                    "seed": draw.seed if is_by_lot else None,
                    "items": as_array(planned.pool.ids[part].tolist()).decode(),
                    "probabilities": as_array(planned.draw.probabilities[part].tolist()).decode(),
                },
            )
            n_added += int(cursor.rowcount)
    return n_added


def _enqueue_candidates(draw: Draw, planned: PlannedDraw) -> None:
    """The candidates of the groups that are new in the queue."""
    if planned.groups.members:
        new = QueuedItem.objects.filter(draw=draw).values_list("pk", flat=True)
        QueuedCandidate.objects.bulk_create(
            [QueuedCandidate(item_id=item, queued_id=first) for first in new for item in planned.groups.members[first]],
            batch_size=ROWS_AT_ONCE,
        )
