"""Rows for the benchmarks: simulated tag items with one judge's verdict on four criteria, and people's ratings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from annotations.choices import ProjectKind
from annotations.rubrics import RubricSpec, load_rubric
from annotations.simulation import PROFILES, SimulatedItem, rate, simulate_items

SEED = 20260101
N_DISTINCT = 2000
N_ANNOTATORS = 3
JUDGE = "bench judge (simulated)"


def rubric() -> RubricSpec:
    return load_rubric("tag")


def item_rows(n: int) -> Iterator[dict[str, Any]]:
    """`n` rows in the native shape; their texts repeat after `N_DISTINCT`, their ids never."""
    rng = np.random.default_rng(SEED)
    spec = rubric()
    for number, item in enumerate(_items(n, rng)):
        yield {
            **item.row,
            "id": f"bench-{number:07d}",
            "judgements": [
                {
                    "rater": JUDGE,
                    "kind": "judge",
                    "levels": _levels(spec, item, rng, profile=number % len(PROFILES)),
                    "rationale": "Read against the behaviour and the interests of the shopper.",
                }
            ],
        }


def people_rows(n: int) -> Iterator[dict[str, Any]]:
    """Judgements of `N_ANNOTATORS` simulated people on each of the items of `item_rows(n)`, item after item."""
    rng = np.random.default_rng(SEED + 1)
    spec = rubric()
    for number, item in enumerate(_items(n, np.random.default_rng(SEED))):
        for place in range(N_ANNOTATORS):
            yield {
                "item": f"bench-{number:07d}",
                "rater": PROFILES[place].name,
                "kind": "person",
                "levels": _levels(spec, item, rng, profile=place),
            }


def write_rows(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row) + b"\n")
    return path


def _items(n: int, rng: np.random.Generator) -> Iterator[SimulatedItem]:
    distinct = list(simulate_items(ProjectKind.TAG, min(n, N_DISTINCT), rng))
    return islice(cycle(distinct), n)


def _levels(spec: RubricSpec, item: SimulatedItem, rng: np.random.Generator, profile: int) -> dict[str, str]:
    rating = rate(PROFILES[profile], spec, item.levels, difficulty=1.0, rng=rng)
    return {
        criterion.key: criterion.levels[level].key
        for criterion, level in zip(spec.criteria, rating.levels, strict=True)
    }
