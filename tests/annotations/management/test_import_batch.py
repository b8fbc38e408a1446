from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotations.choices import ProjectKind
from annotations.models import Item, Project
from tests.annotations.services.imports.files import item_row, tag_project, verdict, write_jsonl
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("import_batch", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_summary_says_what_went_in_and_why_the_rest_did_not(tmp_path: Path) -> None:
    tag_project()
    rows: list[dict[str, Any] | bytes] = [
        item_row(1, judgements=[verdict()]),
        b"no",
        b"no",
        item_row(2),
        item_row(1, candidate="other"),
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    out = run("--project", "tags", "--file", str(path))

    assert out.startswith("a.jsonl: 5 rows in ")
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["2", "items", "added"],
        ["1", "judgements", "added"],
        ["3", "refused"],
        ["2", "…", "not_json,", "first", "in", "row", "2"],
        ["1", "…", "other_content,", "first", "in", "row", "5"],
    ]


def test_the_same_file_again_says_when_it_went_in(tmp_path: Path) -> None:
    tag_project()
    path = str(write_jsonl(tmp_path / "a.jsonl", [item_row(1)]))
    run("--project", "tags", "--file", path)
    out = run("--project", "tags", "--file", path)
    assert "1 unchanged" in out
    assert "nothing new: this file went in on " in out


def test_a_strict_import_that_is_refused_ends_with_an_error(tmp_path: Path) -> None:
    tag_project()
    path = str(write_jsonl(tmp_path / "a.jsonl", [item_row(1), b"no"]))
    with pytest.raises(CommandError, match="nothing went in: 1 of 2 rows"):
        run("--project", "tags", "--file", path, "--strict")
    assert not Item.objects.exists()


def test_a_mapping_says_the_kind_and_is_a_file_or_a_name(tmp_path: Path) -> None:
    call_command("create_project", "--slug", "weather", "--rubric", "weather_sentiment", stdout=StringIO())
    items = tmp_path / "items.csv"
    items.write_text("item_id,text\n1,sun\n")
    run("--project", "weather", "--file", str(items), "--mapping", "weather_sentiment.items")
    mapping = tmp_path / "own.yaml"
    mapping.write_text("kind: judgements\nitem: id\nrater: {constant: me}\nrater_kind: person\nwide: {sentiment: s}\n")
    labels = tmp_path / "labels.csv"
    labels.write_text("id,s\n1,positive\n")
    out = run("--project", "weather", "--file", str(labels), "--mapping", str(mapping))
    assert "1 judgements added" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--project", "none", "--file", "a.jsonl"], "expected the slug of a project, “none” is none"),
        (["--project", "tags", "--file", "none.jsonl"], "cannot read none.jsonl: No such file"),
        (["--project", "tags", "--file", "a.xlsx"], "got “a.xlsx”"),
        (["--project", "tags", "--file", "a.csv", "--mapping", "none.yaml"], "expected a mapping file or one of"),
        (["--project", "tags", "--file", "{folder}/a.csv", "--mapping", "pandalm.judgements"], "has relevance"),
    ],
)
def test_what_cannot_start_says_why(arguments: list[str], words: str, tmp_path: Path) -> None:
    tag_project()
    (tmp_path / "a.csv").touch()
    with pytest.raises(CommandError, match=words):
        run(*(argument.format(folder=tmp_path) for argument in arguments))


def test_a_project_is_made_under_a_rubric_file_with_its_lead(tmp_path: Path) -> None:
    make_user("lena")
    rubric = tmp_path / "taste.yaml"
    rubric.write_text(
        "name: Taste\ncriteria:\n"
        "  - {key: t, name: T, scale: binary, levels: [{key: y, label: Yes}, {key: n, label: No}]}\n"
    )
    call_command(
        "create_project", "--slug", "hot-soup", "--kind", "explanation", "--rubric", str(rubric), "--lead", "lena",
        stdout=StringIO(),
    )  # fmt: skip
    project = Project.objects.get()
    assert (project.slug, project.name, project.kind) == ("hot-soup", "Hot soup", ProjectKind.EXPLANATION)
    assert project.current_rubric().name == "Taste"
    assert project.memberships.get().user.username == "lena"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rubric", "none"], "got “none”"),
        (["--rubric", "none.yaml"], "cannot read the rubric none.yaml"),
        (["--rubric", "tag", "--lead", "nobody"], "“nobody” is none"),
        (["--rubric", "tag", "--slug", "tags"], "“tags” is taken"),
    ],
)
def test_a_project_that_cannot_be_made_says_why(arguments: list[str], words: str) -> None:
    tag_project()
    slug = [] if "--slug" in arguments else ["--slug", "new"]
    with pytest.raises(CommandError, match=words):
        call_command("create_project", *slug, *arguments, stdout=StringIO())
    assert Project.objects.count() == 1
