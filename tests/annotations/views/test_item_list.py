"""The list of items: filters that stand in the address, views under a name, files of what is filtered."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.choices import Order, Outcome, RaterKind, Role
from annotations.models import Item, Project, SavedView, User
from annotations.selectors.item_export import CHUNK
from annotations.services.queue import claim_item, queue_items
from annotations.services.revisions import revise_annotation
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def lead(client: Client, project: Project) -> User:
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def chips(page: str) -> dict[str, str]:
    """The filters in use, by what they say, with the address that leaves each out."""
    found = re.findall(r'<a class="chip chip--live" href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]*>|×|remove", "", words).split()): unescape(address) for address, words in found}


def listed(page: str) -> set[str]:
    return set(re.findall(r'class="table__link" href="[^"]*" title="(item-\d+)"', page))


def test_filters_combine_and_each_is_a_chip_that_leaves_it_out(client: Client, project: Project, lead: User) -> None:
    [wanted] = make_items(project, 1, slices={"language": "en"})
    [other] = make_items(project, 1, slices={"language": "en"})
    make_items(project, 1, slices={"language": "fr"})
    judge = make_rater(project, RaterKind.JUDGE, name="baseline v1")
    judge_item(judge, wanted, (0, 1))
    page = client.get(f"/p/tags/items/?slice=language=en&outcome=fail&verdict_by={judge.pk}&text=").text
    assert listed(page) == {wanted.external_id}
    assert "1 item fits" in page
    without = chips(page)
    assert set(without) == {"language en", "Judge baseline v1", "Its verdict fail"}
    assert without["Its verdict fail"] == f"/p/tags/items/?slice=language%3Den&verdict_by={judge.pk}"
    assert listed(client.get(without["Its verdict fail"]).text) == {wanted.external_id}
    alone = f"/p/tags/items/?{without['Its verdict fail'].partition('?')[2].partition('&')[0]}"
    assert listed(client.get(alone).text) == {wanted.external_id, other.external_id}


def test_the_list_costs_the_same_with_every_filter_at_2_and_20_items(
    client: Client, project: Project, lead: User
) -> None:
    def n_queries() -> int:
        query = "people=yes&people_differ=no&judge_differs=no&gold=no&queue=open&urgent=no&sort=place"
        with CaptureQueriesContext(connection) as asked:
            assert "fit" in client.get(f"/p/tags/items/?{query}").text
        return len(asked)

    def add(n: int) -> None:
        rater = make_rater(project)
        for item in make_items(project, n):
            judge_item(rater, item, (0, 0))
        queue_items(project=project)

    add(2)
    at_2 = n_queries()
    add(18)
    assert n_queries() == at_2


def test_only_who_may_act_or_export_is_offered_it(client: Client, project: Project) -> None:
    make_items(project, 1)
    for role, (acts, exports) in {
        Role.LEAD: (True, True), Role.TRAINER: (False, True), Role.ADJUDICATOR: (False, False)
    }.items():  # fmt: skip
        client.force_login(make_member(project, role))
        page = client.get("/p/tags/items/").text
        assert ("Make urgent" in page, "export.csv" in page) == (acts, exports)


def test_a_view_is_saved_shared_renamed_and_deleted(client: Client, project: Project, lead: User) -> None:
    make_items(project, 1)
    saved = client.post("/p/tags/items/views/add/", {"name": "waiting", "query": "queue=open&after=x&nonsense=1"})
    assert saved.headers["Location"] == "/p/tags/items/?queue=open"
    view = SavedView.objects.get()
    assert (view.query, view.is_shared, view.owner) == ("queue=open", False, lead)
    assert (
        'href="/p/tags/items/?queue=open" aria-current="page">waiting' in client.get("/p/tags/items/?queue=open").text
    )
    client.post(f"/p/tags/items/views/{view.pk}/", {"name": "open", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("open", True)
    taken = client.post("/p/tags/items/views/add/", {"name": "open", "query": ""}, follow=True)
    assert "you have a view called “open” already" in taken.text

    client.force_login(make_member(project, Role.TRAINER))
    assert "?queue=open" in client.get("/p/tags/items/").text
    assert client.post(f"/p/tags/items/views/{view.pk}/delete/").status_code == 404
    client.force_login(lead)
    client.post(f"/p/tags/items/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/p/tags/items/export.csv?{query}")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.getvalue().decode())))


def test_what_is_filtered_is_exported_a_row_a_judgement(client: Client, project: Project, lead: User) -> None:
    said, silent, other = make_items(project, 3, slices={"language": "en"})
    ann, judge = make_rater(project, name="Ann"), make_rater(project, RaterKind.JUDGE, name="baseline v1")
    first = judge_item(ann, said, (0, 1), rationale="because", seconds=3.5)
    judge_item(judge, said, None, outcome=Outcome.UNPARSED)
    revise_annotation(judgement=first, levels=(0, 0), rationale="on second thought")
    query = f"slice=language=en&text={said.external_id}"
    rows = rows_of(client, query)
    assert [(row["item"], row["rater"], row["rater_kind"], row["outcome"]) for row in rows] == [
        (said.external_id, "baseline v1", "judge", "unparsed"),
        (said.external_id, "Ann", "person", "rated"),
    ]
    assert (rows[1]["level:c0"], rows[1]["level:c1"], rows[1]["rationale"]) == ("pass", "pass", "on second thought")
    assert (rows[0]["level:c0"], rows[0]["purpose"], rows[0]["slices"]) == ("", "work", '{"language":"en"}')
    lines = client.get(f"/p/tags/items/export.jsonl?{query}").getvalue().splitlines()
    assert [json.loads(line)["levels"] for line in lines] == [{"c0": None, "c1": None}, {"c0": "pass", "c1": "pass"}]

    every = rows_of(client)
    assert [row["item"] for row in every] == [said.external_id] * 2 + [silent.external_id, other.external_id]
    assert every[2]["rater"] == ""


def test_no_cell_of_an_export_is_a_formula(client: Client, project: Project, lead: User) -> None:
    [item] = make_items(project, 1)
    judge_item(make_rater(project, name="=HYPERLINK(1)"), item, (0, 1), rationale="@SUM(A1)")
    [row] = rows_of(client)
    assert (row["rater"], row["rationale"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")


def test_an_item_in_ones_hands_is_not_exported(client: Client, project: Project, lead: User) -> None:
    held, other = make_items(project, 2)
    judge_item(make_rater(project), held, (0, 1))
    queue_items(project=project, order=Order.GIVEN)
    assert claim_item(project=project, rater=make_rater(project, user=lead)) is not None
    assert [row["item"] for row in rows_of(client)] == [other.external_id]


def test_an_export_reads_chunk_by_chunk(client: Client, project: Project, lead: User) -> None:
    """So many statements a chunk, whatever there is in it: memory holds one chunk."""
    judge = make_rater(project, RaterKind.JUDGE)
    make_items(project, 2 * CHUNK + 1)
    for item in Item.objects.order_by("pk")[:3]:
        judge_item(judge, item, (0, 0))
    response = client.get("/p/tags/items/export.jsonl")
    with CaptureQueriesContext(connection) as asked:
        assert len(response.getvalue().splitlines()) == 2 * CHUNK + 1
    per_chunk = [query["sql"] for query in asked if 'FROM "annotations_item"' in query["sql"]]
    assert len(per_chunk) == 1 + 3


def test_a_shape_that_there_is_not_is_404(client: Client, project: Project, lead: User) -> None:
    assert client.get("/p/tags/items/export.xlsx").status_code == 404
