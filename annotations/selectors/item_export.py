"""Items with all that was said of them, one row an item and judgement, made as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import orjson
from django.db.models import QuerySet

from annotations.formats import csv_lines
from annotations.models import Item, Judgement, Project
from annotations.rubrics import RubricSpec
from annotations.selectors.items import rubric_specs

CHUNK: Final = 500

# Columns of a file, and where their values stand. Rows are plain values: most of the time went into making instances.
ITEM_COLUMNS: Final = {
    "item": "external_id", "item_id": "pk", "batch_id": "batch_id", "group": "group", "slices": "slices",
    "queue": "queued__state", "place": "queued__position", "draw": "queued__draw_id",
    "probability": "queued__probability",
}  # fmt: skip
JUDGEMENT_COLUMNS: Final = {
    "judgement_id": "pk", "rater": "rater__name", "rater_id": "rater_id", "rater_kind": "rater__kind",
    "purpose": "purpose", "mode": "assignment__mode", "visible": "visible", "outcome": "outcome",
    "rubric_version": "rubric__version", "seconds": "seconds", "rationale": "rationale", "created_at": "created_at",
}  # fmt: skip
_NOTHING: Final[dict[str, Any]] = {**dict.fromkeys(JUDGEMENT_COLUMNS), "levels": {}}


def export_rows(items: QuerySet[Item]) -> Iterator[dict[str, Any]]:
    """A row for every newest judgement of each item, by item and then by time; one for an item that has none.

    Second looks stand beside the first answers, answers on gold and in training beside work: `purpose` tells them
    apart. `levels` are level keys by criterion key, None where not rated. Memory stays flat at any number of items.
    """
    ids = items.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    while chunk := list(islice(ids, CHUNK)):
        found = Item.objects.filter(pk__in=chunk).order_by("pk").values_list(*ITEM_COLUMNS.values())
        said = _judgements(chunk)
        for values in found:
            about = dict(zip(ITEM_COLUMNS, values, strict=True))
            for judgement in said.get(about["item_id"], [_NOTHING]):
                yield about | judgement


def csv_of(project: Project, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Lines of CSV; a criterion has a column `level:KEY`, also one that only an earlier version of the rubric had."""
    criteria = _criteria(project)
    header = (*ITEM_COLUMNS, *JUDGEMENT_COLUMNS, *(f"level:{key}" for key in criteria))
    return csv_lines(header, (_cells(row, criteria) for row in rows))


def json_lines_of(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    return (orjson.dumps(row) + b"\n" for row in rows)


def _judgements(item_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    newest = Judgement.objects.newest().filter(item__in=item_ids).order_by("item_id", "created_at", "pk")
    rows = list(newest.values_list("item_id", "rubric_id", "levels", *JUDGEMENT_COLUMNS.values()))
    specs = rubric_specs({rubric_id for _, rubric_id, *_ in rows})
    said: dict[int, list[dict[str, Any]]] = {}
    for item_id, rubric_id, levels, *values in rows:
        judgement = dict(zip(JUDGEMENT_COLUMNS, values, strict=True))
        judgement["levels"] = _by_key(specs[rubric_id], levels)
        said.setdefault(item_id, []).append(judgement)
    return said


def _by_key(spec: RubricSpec, levels: Sequence[int | None]) -> dict[str, str | None]:
    return {
        criterion.key: None if level is None else criterion.levels[level].key
        for criterion, level in zip(spec.criteria, levels, strict=True)
    }


def _criteria(project: Project) -> list[str]:
    versions = project.rubrics.order_by("-version").values_list("pk", flat=True)
    specs = rubric_specs(set(versions))
    return list(dict.fromkeys(criterion.key for pk in versions for criterion in specs[pk].criteria))


def _cells(row: dict[str, Any], criteria: Sequence[str]) -> list[object]:
    plain = {
        **row,
        "slices": orjson.dumps(row["slices"]).decode() if row["slices"] else None,
        "created_at": row["created_at"] and row["created_at"].isoformat(),
    }
    facts = [plain[name] for name in (*ITEM_COLUMNS, *JUDGEMENT_COLUMNS)]
    return [*facts, *(row["levels"].get(key) for key in criteria)]
