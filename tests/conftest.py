"""Fixtures for the whole suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge_platform.embedded import start_embedded_postgres

ROOT = Path(__file__).resolve().parent.parent

start_embedded_postgres()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference data and oracles beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not there")
    return folder
