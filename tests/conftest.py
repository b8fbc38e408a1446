"""Fixtures for the whole suite."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from django.utils import translation
from pytest_django import Settings

from judge_platform.embedded import start_embedded_postgres
from tests.real_models import tiny_folder, vllm_url  # noqa: F401  fixtures

ROOT = Path(__file__).resolve().parent.parent

start_embedded_postgres()


# No test fails for being slow: the machine may be.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fail-on-skip", action="store_true", help="A skipped test fails the run: here everything needed is installed."
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands on a database, a broker or a browser; `.ci/run` repeats that on other services."""
    for item in items:
        if any(item.get_closest_marker(name) for name in ("django_db", "worker", "browser")):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference data and oracles beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not there")
    return folder


@pytest.fixture(autouse=True)
def no_language_of_before() -> None:
    """A request leaves its language to the thread, where the next one sets its own."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def passwords_cost_nothing(settings: Settings) -> None:
    """Hashing made slow on purpose is most of a test that makes a user."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
