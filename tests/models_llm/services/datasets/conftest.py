"""Exporting, for tests of what is exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotations.models import Project
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import Manifest, Query
from models_llm.services.datasets import export_dataset


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., tuple[Manifest, list[dict[str, Any]]]]:
    """Exports in JSONL and gives the manifest and the rows."""

    def run(project: Project, shape: Shape, **query: Any) -> tuple[Manifest, list[dict[str, Any]]]:
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        manifest = export_dataset(project=project, query=Query(shape, FileFormat.JSONL, **query), folder=folder)
        rows = [orjson.loads(line) for line in (folder / "data/train-00000-of-00001.jsonl").read_bytes().splitlines()]
        assert len(rows) == manifest["counts"]["rows"]
        return manifest, rows

    return run
