from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from annotations.choices import BatchKind, BatchState, Role
from annotations.models import Batch, Project
from annotations.services.imports import import_file, import_stored
from tests.annotations.services.imports.files import item_row, tag_project, write_jsonl
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db

LIST = "/p/tags/imports/"


@pytest.fixture
def project() -> Project:
    return tag_project()


@pytest.fixture
def lead(client: Client, project: Project, settings: Settings, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path / "media"
    client.force_login(make_member(project, Role.LEAD))
    return client


def make_import(project: Project, folder: Path, *rows: dict[str, Any] | bytes) -> Batch:
    return import_file(project=project, path=write_jsonl(folder / "a.jsonl", rows))


def upload(client: Client, text: str, name: str = "a.jsonl", **fields: Any) -> Any:
    fields = {"reading": "own:items", **fields}
    return client.post(LIST, {"file": SimpleUploadedFile(name, text.encode()), **fields})


def test_a_file_is_uploaded_watched_and_imported(lead: Client, project: Project) -> None:
    text = '{"id": 1, "candidate": "a"}\nno\n'
    answer = upload(lead, text, reading="own:items", producer="m1", round="2")
    batch = Batch.objects.get()
    page = f"{LIST}{batch.pk}/"
    assert answer.headers["Location"] == page
    assert (batch.kind, batch.producer, batch.round, batch.mapping) == (BatchKind.ITEMS, "m1", 2, "")

    assert "a worker takes it up" in lead.get(page).text
    live = lead.get(page, headers={"HX-Request": "true"})
    assert (live.status_code, 'hx-trigger="every 1s"' in live.text) == (200, True)

    import_stored(batch_id=batch.pk)
    closed = lead.get(page, headers={"HX-Request": "true"})
    assert (closed.status_code, "hx-trigger" in closed.text) == (286, False)
    assert "<html" not in closed.text
    whole = lead.get(page).text
    assert "not_json" in whole
    assert "hx-trigger" not in whole
    assert project.items.get().external_id == "1"


def test_an_uploaded_mapping_says_how_the_file_is_read(lead: Client, project: Project) -> None:
    mapping = "kind: items\nid: number\ncandidates: [words]\n"
    answer = upload(
        lead, "number,words\n7,boots\n", "a.csv", mapping_file=SimpleUploadedFile("m.yaml", mapping.encode())
    )
    assert answer.status_code == 302
    batch = Batch.objects.get()
    assert batch.mapping == mapping
    import_stored(batch_id=batch.pk)
    assert project.items.get().candidates == [{"text": "boots"}]


def test_a_preview_shows_what_would_become_of_the_first_rows_and_stores_nothing(lead: Client) -> None:
    judged = '{"id": 1, "candidate": "a", "judgements": [{"rater": "j", "kind": "judge", "levels": {"validity": 0}}]}'
    answer = upload(lead, f"{judged}\nno\n" + '{"id": 2, "candidate": "late"}\n' * 10, preview="1")

    assert answer.status_code == 200
    assert "The first 10 rows" in answer.text
    assert "j · Validity: Invalid Tag" in answer.text
    assert "expected one JSON object on the line" in answer.text
    assert answer.text.count("late") == 8
    assert not Batch.objects.exists()


def test_a_preview_for_htmx_is_only_the_form(lead: Client) -> None:
    file = SimpleUploadedFile("a.jsonl", b'{"id": 1, "candidate": "a"}')
    answer = lead.post(LIST, {"file": file, "reading": "own:items", "preview": "1"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "The first 1 row as" in answer.text


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("a.xlsx", {}, "expected a file ending in .jsonl"),
        ("a.jsonl", {"mapping_file": "kind: thing"}, "m.yaml, line 1"),
        ("a.jsonl", {"round": "-1"}, "greater than or equal to 0"),
        ("a.jsonl", {"reading": "own:people"}, "Select a valid choice"),
    ],
)
def test_a_bad_upload_is_answered_422_and_makes_no_import(
    name: str, fields: dict[str, str], words: str, lead: Client
) -> None:
    if "mapping_file" in fields:
        more: dict[str, Any] = {"mapping_file": SimpleUploadedFile("m.yaml", fields["mapping_file"].encode())}
    else:
        more = fields
    answer = upload(lead, "{}", name, **more)
    assert answer.status_code == 422
    assert words in answer.text
    assert not Batch.objects.exists()


def test_a_failed_import_says_why(lead: Client, project: Project, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [b"no"])
    batch = import_file(project=project, path=path, is_strict=True)
    text = lead.get(f"{LIST}{batch.pk}/").text
    assert "nothing went in: 1 of 1 rows were refused and this import is strict" in text


def test_refused_rows_are_shown_in_pages_and_by_reason(lead: Client, project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path, *([b"no"] * 51), {"id": 1})
    page = f"{LIST}{batch.pk}/"

    assert "page 1 of 2" in lead.get(page).text
    only = lead.get(f"{page}?reason=candidate_missing").text
    assert "expected either “candidate” or “candidates”" in only
    assert "page 1" not in only
    assert lead.get(f"{page}?reason=not_json&page=2").text.count("expected one JSON object") == 1


def test_what_a_row_holds_cannot_break_the_page(lead: Client, project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path, b"<script>alert(1)</script>")
    text = lead.get(f"{LIST}{batch.pk}/").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_download_holds_every_refused_row_and_no_formula(lead: Client, project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path, b'=HYPERLINK("http://x")', b"+1+1", b"-2", b"@x", item_row(1), b"plain")
    answer = lead.get(f"{LIST}{batch.pk}/refusals.csv")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="tags-import-{batch.pk}-refused.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert rows[0] == ["row", "code", "message", "content"]
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [
        ("1", "not_json", '\'=HYPERLINK("http://x")'),
        ("2", "not_json", "'+1+1"),
        ("3", "not_an_object", "'-2"),
        ("4", "not_json", "'@x"),
        ("6", "not_json", "plain"),
    ]


@pytest.mark.parametrize("n", [2, 20])
def test_the_list_costs_the_same_at_any_length(
    n: int, lead: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = project.memberships.get().user
    Batch.objects.bulk_create(
        Batch(project=project, kind=BatchKind.ITEMS, state=BatchState.COMPLETE, source_name="a", created_by=user)
        for _ in range(n)
    )
    lead.get(LIST)
    with django_assert_num_queries(10):
        lead.get(LIST)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_only_who_may_import_sees_imports(role: Role, client: Client, project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path, b"no")
    client.force_login(make_member(project, role))
    for url in (LIST, f"{LIST}{batch.pk}/", f"{LIST}{batch.pk}/refusals.csv"):
        assert client.get(url).status_code == 403
    assert upload(client, "{}").status_code == 403
    assert Batch.objects.count() == 1


def test_outsiders_see_404_and_strangers_sign_in(client: Client, project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path, b"no")
    urls = (LIST, f"{LIST}{batch.pk}/", f"{LIST}{batch.pk}/refusals.csv")
    for url in urls:
        assert client.get(url).headers["Location"].startswith("/account/login/")
    client.force_login(make_user())
    for url in urls:
        assert client.get(url).status_code == 404
    assert upload(client, "{}").status_code == 404


def test_an_import_of_another_project_is_404(lead: Client, tmp_path: Path) -> None:
    theirs = make_import(tag_project("theirs"), tmp_path, b"no")
    assert lead.get(f"{LIST}{theirs.pk}/").status_code == 404
    assert lead.get(f"{LIST}{theirs.pk}/refusals.csv").status_code == 404
