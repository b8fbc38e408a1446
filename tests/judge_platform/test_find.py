"""What search finds, for whom."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.choices import Role
from annotations.services.saved_views import save_view
from judge_platform.finding import PER_GROUP
from tests.factories import make_items, make_member, make_project, make_user
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db

PART = {"HX-Request": "true"}


def links(text: str) -> list[str]:
    return [part.split('"', 1)[0] for part in text.split('href="')[1:]]


def test_without_words_it_lists_where_one_can_go_and_what_one_can_do_at_once(client: Client) -> None:
    project = make_project(slug="tags", name="Intent tags")
    other = make_project(slug="other", name="Other tags")
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    part = client.get("/p/tags/find/", headers=PART, query_params={"from": "/p/tags/items/"}).text
    assert {"/p/tags/agreement/", "/p/tags/judges/new/", "/p/tags/", "/me/"} <= set(links(part))
    assert f"/p/{other.slug}/" not in part
    assert 'action="/me/theme/"' in part
    assert 'name="next" value="/p/tags/items/"' in part
    assert "<html" not in part
    assert "<html" in client.get("/p/tags/find/").text


@pytest.mark.parametrize(
    ("role", "found"), [(Role.LEAD, True), (Role.ADJUDICATOR, True), (Role.TRAINER, True), (Role.ANNOTATOR, False)]
)
def test_an_annotator_finds_no_item_and_no_judge(client: Client, role: Role, found: bool) -> None:
    project = make_project(slug="tags")
    version = scripted_version(project)
    item = make_items(project, 1)[0]
    save_view(project=project, owner=make_member(project, Role.LEAD), name="item views", query="", is_shared=True)
    client.force_login(make_member(project, role))
    for wanted, address in (
        (item.external_id, f"/p/tags/items/{item.pk}/"),
        (version.judge.name, f"/p/tags/judges/{version.pk}/"),
        ("item view", "/p/tags/items/?"),
    ):
        text = client.get("/p/tags/find/", {"q": wanted}, headers=PART).text
        assert (address in text) is found
    assert ("/p/tags/judges/" in client.get("/p/tags/find/", headers=PART).text) is found


def test_words_stand_in_any_order_and_in_any_case(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project, Role.LEAD))
    assert links(client.get("/p/tags/find/", {"q": "SETS data"}, headers=PART).text)[0] == "/p/tags/datasets/"


def test_what_begins_so_comes_before_what_only_holds_it(client: Client) -> None:
    client.force_login(make_member(make_project(slug="tags"), Role.LEAD))
    found = links(client.get("/p/tags/find/", {"q": "ju"}, headers=PART).text)
    assert found[:3] == ["/p/tags/judges/", "/p/tags/judges/new/", "/p/tags/adjudicate/"]


def test_what_is_in_no_place_is_looked_for_among_the_items(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project, Role.LEAD))
    part = client.get("/p/tags/find/", {"q": 'hiking "boots" & <b>'}, headers=PART).text
    assert links(part) == ["/p/tags/items/?text=hiking+%22boots%22+%26+%3Cb%3E"]
    assert "<b>" not in part


def test_an_annotator_is_told_that_nothing_was_found(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert "Nothing here is called “zebra”." in client.get("/p/tags/find/", {"q": "zebra"}, headers=PART).text


def test_people_are_found_by_name_and_no_more_than_fit(client: Client) -> None:
    project = make_project(slug="tags")
    lead = make_member(project, Role.LEAD)
    people = [make_member(project, Role.ANNOTATOR) for _ in range(PER_GROUP + 2)]
    for number, user in enumerate(people):
        user.display_name = f"Zoe Zebra {number}"
        user.save()
    client.force_login(lead)
    assert client.get("/p/tags/find/", {"q": "zebra zoe"}, headers=PART).text.count("Zoe Zebra") == PER_GROUP
    client.force_login(people[0])
    assert set(links(client.get("/p/tags/find/", {"q": "zebra"}, headers=PART).text)) == {"/p/tags/people/"}


def test_outside_a_project_one_finds_ones_own(client: Client) -> None:
    mine, _ = make_project(slug="mine", name="Zebra one"), make_project(slug="theirs", name="Zebra two")
    client.force_login(make_member(mine, Role.ANNOTATOR))
    assert links(client.get("/find/", {"q": "zebra"}, headers=PART).text) == ["/p/mine/"]
    client.force_login(make_user())
    assert client.get("/p/mine/find/").status_code == 404


def test_a_page_to_come_back_to_is_one_of_ours(client: Client) -> None:
    client.force_login(make_user())
    part = client.get("/find/", {"from": "https://elsewhere.example/"}, headers=PART).text
    assert "elsewhere" not in part


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("query", ["", "e"])
def test_whatever_is_found_opens(client: Client, role: Role, query: str) -> None:
    project = make_project(slug="tags")
    scripted_version(project)
    client.force_login(make_member(project, role))
    found = links(client.get("/p/tags/find/", {"q": query}, headers=PART).text)
    assert len(found) > 5
    assert {url: client.get(url).status_code for url in found} == dict.fromkeys(found, 200)
