"""`export_dataset` and `verify_dataset` on the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Project
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = make_project(slug="tags")
    ann = make_rater(project)
    items = make_items(project, 3, slices={"lang": "en"}, candidates=[{"text": "boots"}])
    for item, level in zip(items, (0, 0, 1), strict=True):
        judge_item(ann, item, (level, 0))
    return project


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_export_tells_what_it_wrote_and_verify_proves_it(project: Project, tmp_path: Path) -> None:
    folder = str(tmp_path / "out")

    said = run("export_dataset", "--project", "tags", "--shape", "judged", "--slice", "lang=en", "--out", folder)

    assert "3 rows from 3 of 3 items" in said
    assert run("verify_dataset", folder) == "every file is as the manifest says\n"
    assert run("verify_dataset", folder, "--rebuild", "--project", "tags") == "rebuilt to the same bytes\n"


def test_export_tells_what_it_left_out(project: Project, tmp_path: Path) -> None:
    # The three texts are equal; two qualify and one does not, so none of them can be taught.
    said = run("export_dataset", "--project", "tags", "--shape", "sft", "--out", str(tmp_path / "out"))

    assert "0 rows from 0 of 3 items" in said
    assert "left out: 3 contradictory" in said


def test_verify_fails_on_a_flipped_byte_and_where_items_are_gone(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run("export_dataset", "--project", "tags", "--shape", "judged", "--format", "jsonl", "--out", str(folder))
    project.items.latest("pk").delete()
    with pytest.raises(CommandError, match="the project gives other bytes"):
        run("verify_dataset", str(folder), "--rebuild", "--project", "tags")

    card = folder / "README.md"
    card.write_bytes(card.read_bytes().replace(b"judged", b"Judged"))
    with pytest.raises(CommandError, match=r"README\.md: expected SHA-256"):
        run("verify_dataset", str(folder))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--project", "none", "--shape", "sft"), "expected the slug of a project, got “none”"),
        (("--project", "tags", "--shape", "sft", "--slice", "lang"), "expected a slice as key=value, got “lang”"),
        (("--project", "tags", "--shape", "sft", "--labels", "judge"), "need a judge; there are none yet"),
        (("--project", "tags", "--shape", "sft", "--max-per-prompt", "-1"), "expected a limit of rows per prompt"),
    ],
)
def test_what_cannot_be_answered_is_said_and_nothing_written(
    project: Project, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("export_dataset", *arguments, "--out", str(tmp_path / "out"))

    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"expected a data set with a manifest\.json"):
        run("verify_dataset", str(tmp_path))
