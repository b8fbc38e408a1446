"""Chunks of items and of gold into tables, inside the transaction of the chunk."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from annotations.choices import GoldSource
from annotations.formats import GoldRow, Refusal
from annotations.models import Rubric
from annotations.sentences import sentence as _
from annotations.services.copying import as_array, as_time, copy_lines, new_ids
from annotations.services.imports.chunks import (
    ITEM_COLUMNS,
    Chunk,
    EncodedItem,
    EncodedJudgement,
)
from annotations.services.imports.destination import Destination, Stored, copy_refusals, find_raters, is_account
from annotations.services.imports.merging import merge_repeated
from annotations.services.judgements import JUDGEMENT_COLUMNS, lock_rubric


def store_items(to: Destination, chunk: Chunk) -> Stored:
    """Copy the items that are new, with their judgements; compare those that are there."""
    stored = Stored()
    refusals = list(chunk.refusals)
    known = _known_items(to.project_id, [item.external_id for item in chunk.items])
    fresh: list[EncodedItem] = []
    again: list[EncodedJudgement] = []
    digests: dict[str, bytes] = {}
    for item in chunk.items:
        there = digests.get(item.external_id) or known.get(item.external_id, (0, None))[1]
        if there is None:
            digests[item.external_id] = item.digest
            fresh.append(item)
        elif there == item.digest:
            stored.n_unchanged += 1
            again += item.judgements
        else:
            refusals.append(_other_content(item))
    ids = _copy_items(to, fresh)
    find_raters(to, {judgement.rater for item in chunk.items for judgement in item.judgements})
    stored.n_items = len(fresh)
    stored.n_judgements = _copy_judgements(to, fresh, ids, refusals)
    refusals += [is_account(judgement.number, judgement.rater) for judgement in again if judgement.rater in to.accounts]
    copy_refusals(to.batch.pk, refusals)
    stored.n_refused = len(refusals)
    if again:
        merged = merge_repeated(to, again)
        stored.n_judgements += merged.n_judgements
        stored.n_refused += merged.n_refused
    if stored.n_judgements:
        lock_rubric(to.rubric)
    return stored


def store_gold(to: Destination, chunk: Chunk) -> Stored:
    """Copy gold that is new; gold that is there and says something else stays, and the row is refused."""
    stored = Stored()
    refusals = list(chunk.refusals)
    known = _known_items(to.project_id, [row.external_id for row in chunk.gold])
    there = _known_gold(to.rubric, [item_id for item_id, _ in known.values()])
    now = as_time(timezone.now())
    lines: list[bytes] = []
    for row in chunk.gold:
        item_id, _digest = known.get(row.external_id, (None, None))
        if item_id is None:
            refusals.append(_unknown_item(row))
        elif item_id not in there:
            there[item_id] = row.levels
            lines.append(
                b"%d\t%d\t%b\t%b\t%d\t%b\n"
                % (item_id, to.rubric.pk, as_array(row.levels), GoldSource.IMPORTED.value.encode(), to.batch.pk, now)
            )
        elif there[item_id] == row.levels:
            stored.n_unchanged += 1
        else:
            message = _(
                "expected the gold that this item has, %(there)s, got %(levels)s",
                there=there[item_id],
                levels=row.levels,
            )
            refusals.append(Refusal(row.number, "gold_differs", message, row.external_id))
    copy_lines("annotations_gold", ("item_id", "rubric_id", "levels", "source", "batch_id", "created_at"), lines)
    copy_refusals(to.batch.pk, refusals)
    stored.n_gold, stored.n_refused = len(lines), len(refusals)
    if lines:
        lock_rubric(to.rubric)
    return stored


def _known_items(project_id: int, external_ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, id, content_digest FROM annotations_item"
            " WHERE project_id = %s AND external_id = ANY(%s)",
            [project_id, list(external_ids)],
        )
        return {external_id: (pk, bytes(digest)) for external_id, pk, digest in cursor}


def _known_gold(rubric: Rubric, item_ids: Sequence[int]) -> dict[int, tuple[int | None, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id, levels FROM annotations_gold WHERE rubric_id = %s AND item_id = ANY(%s)",
            [rubric.pk, list(item_ids)],
        )
        return {item_id: tuple(levels) for item_id, levels in cursor}


def _copy_items(to: Destination, items: Sequence[EncodedItem]) -> list[int]:
    if not items:
        return []
    ids = new_ids("annotations_item", len(items))
    tail = b"\t%d\t%d\t%b\n" % (to.project_id, to.batch.pk, as_time(timezone.now()))
    copy_lines(
        "annotations_item",
        ("id", *ITEM_COLUMNS, "project_id", "batch_id", "created_at"),
        [b"%d\t%b%b" % (pk, item.columns, tail) for pk, item in zip(ids, items, strict=True)],
    )
    return ids


def _copy_judgements(to: Destination, items: Sequence[EncodedItem], ids: Sequence[int], refusals: list[Refusal]) -> int:
    """Judgements of items that were not there before this chunk: nothing can stand against them."""
    tail = b"\t%d\t%d\t%b\n" % (to.rubric.pk, to.batch.pk, as_time(timezone.now()))
    lines: list[bytes] = []
    for item_id, item in zip(ids, items, strict=True):
        for judgement in item.judgements:
            rater_id = to.raters.get(judgement.rater)
            if rater_id is None:
                refusals.append(is_account(item.number, judgement.rater))
            else:
                lines.append(b"%d\t%d\t%b%b" % (item_id, rater_id, judgement.columns, tail))
    if lines:
        columns = ("item_id", "rater_id", *JUDGEMENT_COLUMNS, "rubric_id", "batch_id", "created_at")
        copy_lines("annotations_judgement", columns, lines)
    return len(lines)


def _other_content(item: EncodedItem) -> Refusal:
    return Refusal(
        item.number,
        "other_content",
        _(
            "expected the content that item “%(item)s” has here already, got other content; "
            "give changed content an id of its own",
            item=item.external_id,
        ),
        item.external_id,
    )


def _unknown_item(row: GoldRow) -> Refusal:
    message = _(
        "expected the id of an item of this project, got “%(item)s”; import the items first", item=row.external_id
    )
    return Refusal(row.number, "unknown_item", message, row.external_id)
