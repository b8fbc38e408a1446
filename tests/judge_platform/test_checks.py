from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

# Everything that PUBLIC asks for.
PUBLIC: dict[str, Any] = {
    "PUBLIC": True,
    "DEBUG": False,
    "BASE_URL": "https://judge.example.org",
    "ALLOWED_HOSTS": ["judge.example.org"],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


@pytest.fixture(autouse=True)
def named_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.org/judge")


def ids() -> list[str]:
    return [str(message.id) for message in run_checks() if str(message.id).startswith("judge_platform.")]


def apply(settings: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def test_the_defaults_are_in_order() -> None:
    assert ids() == []


def test_a_public_platform_with_everything_set_is_in_order(settings: Any) -> None:
    apply(settings, PUBLIC)
    assert ids() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"BASE_URL": "http://judge.example.org"}, "judge_platform.E002"),
        ({"DEBUG": True}, "judge_platform.E003"),
        ({"ALLOWED_HOSTS": ["localhost"]}, "judge_platform.E004"),
        ({"SECURE_PROXY_SSL_HEADER": None}, "judge_platform.W001"),
    ],
)
def test_each_fault_of_a_public_platform_is_named(settings: Any, changed: dict[str, Any], expected: str) -> None:
    apply(settings, PUBLIC | changed)
    assert ids() == [expected]


@pytest.mark.parametrize("given", ["JUDGE_URL", "JUDGE_MODEL"])
def test_half_a_served_judge_is_refused(settings: Any, given: str) -> None:
    apply(settings, {"JUDGE_URL": "", "JUDGE_MODEL": "", given: "http://localhost:8001"})
    assert ids() == ["judge_platform.E005"]


def test_a_folder_that_is_not_there_is_named(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "gone"
    assert ids() == ["judge_platform.E001"]


def test_the_embedded_database_is_warned_of_on_a_public_platform(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(settings, PUBLIC)
    monkeypatch.delenv("DATABASE_URL")
    assert ids() == ["judge_platform.W002"]
