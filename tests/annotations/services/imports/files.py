"""Files for import tests, in the platform's own shape."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from annotations.choices import ProjectKind
from annotations.models import Project
from annotations.rubrics import load_rubric
from annotations.services.projects import create_project

LEVELS = {
    "relevance": "relevance",
    "consistency": "low_consistency",
    "specificity": "specificity",
    "validity": "invalid_tag",
}
LEVEL_POSITIONS = [0, 1, 0, 1]
"""`LEVELS` in the order of the criteria; the passing level comes first."""


def tag_project(slug: str = "tags") -> Project:
    return create_project(slug=slug, name="Tags", kind=ProjectKind.TAG, rubric=load_rubric("tag"))


def item_row(number: int, **change: Any) -> dict[str, Any]:
    return {
        "id": f"item-{number}",
        "context": {"interests": ["hiking"], "number": number},
        "candidate": {"tag": f"boots {number}", "reason": "poles"},
        **change,
    }


def verdict(**change: Any) -> dict[str, Any]:
    return {"rater": "judge-a", "kind": "judge", "levels": LEVELS, **change}


def write_jsonl(path: Path, rows: Iterable[dict[str, Any] | bytes]) -> Path:
    lines = (row if isinstance(row, bytes) else orjson.dumps(row) for row in rows)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
