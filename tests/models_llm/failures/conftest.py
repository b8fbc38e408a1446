"""What the tests of failures stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations.models import Project
from judge_platform.bench.stub import Stub, stub_process
from tests.models_llm.failures.scene import N_ITEMS
from tests.models_llm.services.judged_projects import project_with_items
from tests.workers import worker_environment


@pytest.fixture
def environment(tmp_path: Path, db: None) -> dict[str, str]:
    return worker_environment(tmp_path)


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Slow enough that a run is caught in the middle."""
    with stub_process(delay_s=0.05) as running:
        yield running


@pytest.fixture
def project(db: None) -> Project:
    return project_with_items(N_ITEMS)
