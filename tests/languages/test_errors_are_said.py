"""What services and pure rooms refuse is said on pages in the reader's language, by messages that catalogues know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.languages.raised import hidden, ill_filled, spoken_errors, untranslatable

APPS = ("annotations", "models_llm")
OUTSIDE = ("api", "management", "migrations")
"""Rooms whose errors come to no page."""
DOORS = ("annotations/views", "annotations/forms", "models_llm/views", "models_llm/forms")


def sources_of_errors() -> list[Path]:
    files = (file for app in APPS for file in sorted((ROOT / app).rglob("*.py")))
    return [file for file in files if file.relative_to(ROOT).parts[1] not in OUTSIDE]


def written(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tests.languages.raised.ROOT", tmp_path)
    file = tmp_path / "room.py"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "message",
    ['"expected more"', 'f"expected {n}"', '"expected %d" % n', '_(f"expected {n}")', '"expected" if n else _("none")'],
)
def test_a_message_that_no_catalogue_can_know_is_found(
    message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, f"raise GoldError({message})", monkeypatch)
    assert [raised.text for raised in untranslatable(file)] == [ast.unparse(ast.parse(message, mode="eval"))]


@pytest.mark.parametrize("message", ['_("expected %(n)s", n=1)', '_("expected %(n)s") % {"n": 1}', "said_by(err)", ""])
def test_a_message_that_a_catalogue_knows_is_left(
    message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert untranslatable(written(tmp_path, f"raise GoldError({message})", monkeypatch)) == []


def test_a_door_that_says_an_error_in_english_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
try:
    pass
except GoldError as err:
    show(str(err)); show(f"{err}."); show(_("%(words)s.") % {"words": err}); show(say(err)); show(err.code)
"""
    found = spoken_errors(written(tmp_path, text, monkeypatch))
    assert [raised.text for raised in found if not raised.text.startswith("{")] == [
        "str(err)", "_('%(words)s.') % {'words': err}",
    ]  # fmt: skip
    assert len(found) == 3


def test_errors_are_raised_with_messages_that_catalogues_know() -> None:
    files = sources_of_errors()
    assert len(files) > 200
    assert [raised for file in files for raised in untranslatable(file)] == []


@pytest.mark.parametrize("door", DOORS)
def test_doors_of_pages_say_errors_in_the_readers_language(door: str) -> None:
    files = sorted((ROOT / door).rglob("*.py"))
    assert files
    assert [raised for file in files for raised in spoken_errors(file)] == []


@pytest.mark.parametrize("asked", ['_("got %(n)s", m=1)', '_("got %(n)s") % {"m": 1}', '_("got %(n)s of %(m)s", n=1)'])
def test_a_place_without_its_value_is_found(asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(ill_filled(written(tmp_path, asked, monkeypatch))) == 1
    fitting = asked.replace("m=1", "n=1").replace('"m"', '"n"').replace(" of %(m)s", "")
    assert ill_filled(written(tmp_path, fitting, monkeypatch)) == []


def test_every_place_of_a_message_has_its_value() -> None:
    files = [file for app in (*APPS, "judge_platform") for file in sorted((ROOT / app).rglob("*.py"))]
    assert [found for file in files for found in ill_filled(file)] == []


def test_a_function_that_hides_what_asks_for_texts_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
def hides():
    first, _ = pair()
    raise GoldError(_("expected more"))

def hides_nothing():
    return [_("one") for _ in range(0)] + [_("expected more")]
"""
    assert [found.text for found in hidden(written(tmp_path, text, monkeypatch))] == ["hides"]


def test_no_function_hides_what_asks_for_texts() -> None:
    files = [file for app in (*APPS, "judge_platform") for file in sorted((ROOT / app).rglob("*.py"))]
    assert [found for file in files for found in hidden(file)] == []
