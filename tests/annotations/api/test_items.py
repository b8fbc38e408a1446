"""Items over the API: found page by page, exported, changed many at a time, kept for people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotations.choices import Order, Role
from annotations.models import Flag, Project, QueuedItem, Reservation, SavedView
from annotations.selectors.items import PAGE_SIZE
from annotations.services.queue import claim_item, queue_items
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/projects/tags"


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def api(project: Project) -> APIClient:
    client = APIClient()
    client.force_authenticate(make_member(project, Role.LEAD, name="lead"))
    return client


def test_items_come_page_by_page_with_the_filters_of_the_page(api: APIClient, project: Project) -> None:
    items = make_items(project, PAGE_SIZE + 2, slices={"language": "en"})
    make_items(project, 1)
    first = api.get(f"{ROOT}/items/", {"slice": "language=en"}).json()
    assert (first["count"], first["is_exact"], len(first["items"])) == (PAGE_SIZE + 2, True, PAGE_SIZE)
    second = api.get(f"{ROOT}/items/", {"slice": "language=en", "after": first["after"]}).json()
    assert {line["id"] for line in first["items"] + second["items"]} == {item.pk for item in items}
    assert second["after"] == ""


def test_a_line_says_what_the_page_says_and_is_blind_where_that_is(api: APIClient, project: Project) -> None:
    said, held = make_items(project, 2)
    queue_items(project=project, items=project.items.filter(pk=held.pk))
    judge_item(make_rater(project), said, (0, 1))
    lead = project.memberships.get().user
    assert claim_item(project=project, rater=make_rater(project, user=lead)) is not None
    one, two = api.get(f"{ROOT}/items/").json()["items"]
    assert one["people"] == {"n_pass": 0, "n_fail": 1, "n_rated": 0, "unrated": {}}
    assert one["queue"] is None
    assert two["people"] is two["judges"] is None
    assert two["queue"] == {
        "state": "in hand", "place": 1, "overlap": 1, "urgency": 0, "skill": "", "n_held": 1, "n_done": 0,
        "reserved_for": [], "draw": project.draws.get().pk, "probability": 1.0,
    }  # fmt: skip


def test_what_is_filtered_is_exported(api: APIClient, project: Project) -> None:
    said, _ = make_items(project, 2)
    judge_item(make_rater(project, name="Ann"), said, (0, 1))
    lines = api.get(f"{ROOT}/items/export.jsonl", {"people": "yes"}).getvalue().splitlines()
    assert [json.loads(line)["levels"] for line in lines] == [{"c0": "pass", "c1": "fail"}]
    assert b"level:c0" in api.get(f"{ROOT}/items/export.csv").getvalue()
    assert api.get(f"{ROOT}/items/export.pdf").status_code == 404


def act(api: APIClient, **asked: Any) -> Any:
    return api.post(f"{ROOT}/items/act/", asked, format="json")


def counts(acted: Any) -> tuple[int, int, int]:
    body = acted.json()
    return body["n_chosen"], body["n_changed"], body["n_left_out"]


def test_many_items_are_changed_at_once_or_only_counted(api: APIClient, project: Project) -> None:
    items = make_items(project, 3, slices={"language": "en"})
    make_items(project, 1)
    counted = act(api, action="queue", filter="slice=language%3Den", dry_run=True)
    assert counted.json() == {"n_chosen": 3, "n_changed": 3, "n_left_out": 0, "chore": None}
    assert not QueuedItem.objects.exists()
    assert act(api, action="queue", filter="slice=language%3Den", n_agreed=3).status_code == 200
    ticked = act(api, action="urgent", items=[items[0].pk])
    assert counts(ticked) == (1, 1, 0)
    refused = act(api, action="urgent", filter="", n_agreed=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "bulk_action_refused")
    assert QueuedItem.objects.filter(urgency__gt=0).count() == 1


def test_many_items_are_flagged_and_made_gold(api: APIClient, project: Project) -> None:
    items = make_items(project, 3)
    for _ in range(2):
        judge_item(make_rater(project), items[0], (0, 1))
    flagged = act(
        api, action="flag", items=[item.pk for item in items[:2]], flag={"reason": "broken", "note": " no picture "}
    )
    assert counts(flagged) == (2, 2, 0)
    assert set(Flag.objects.values_list("item", "user__username", "reason", "note")) == {
        (item.pk, "lead", "broken", "no picture") for item in items[:2]
    }
    assert counts(act(api, action="gold", filter="", dry_run=True)) == (3, 1, 2)
    made = act(api, action="gold", filter="flagged=yes", use="training")
    assert counts(made) == (2, 1, 1)
    [line] = api.get(f"{ROOT}/items/", {"gold_use": "training"}).json()["items"]
    assert line["id"] == items[0].pk
    assert {line["id"] for line in api.get(f"{ROOT}/items/", {"flagged": "no"}).json()["items"]} == {items[2].pk}


@pytest.mark.parametrize("action", ["flag", "gold"])
def test_an_action_is_told_what_it_needs(api: APIClient, project: Project, action: str) -> None:
    make_items(project, 1)
    assert act(api, action=action, filter="").status_code == 400
    assert not Flag.objects.exists()


@pytest.mark.parametrize("asked", [{"action": "burn", "filter": ""}, {"action": "urgent"}, {"filter": ""}])
def test_an_action_says_what_and_with_which_items(api: APIClient, project: Project, asked: dict[str, Any]) -> None:
    assert act(api, **asked).status_code == 400


def test_a_range_is_kept_for_people_and_given_back(api: APIClient, project: Project) -> None:
    items = make_items(project, 4)
    queue_items(project=project, order=Order.GIVEN)
    make_member(project, name="ann")
    make_member(project, Role.TRAINER, name="tom")
    kept = api.post(
        f"{ROOT}/reservations/", {"first": 2, "last": 4, "people": ["ann", "lead"], "split": True}, format="json"
    )
    assert kept.json() == {"n_items": 3, "n_left_out": 0}
    assert set(Reservation.objects.values_list("item", flat=True)) == {item.pk for item in items[1:]}
    assert api.get(f"{ROOT}/reservations/").json() == [
        {"person": "ann", "n_waiting": 2, "n_taken": 0}, {"person": "lead", "n_waiting": 1, "n_taken": 0}
    ]  # fmt: skip
    released = api.post(f"{ROOT}/reservations/release/", {"items": [items[1].pk]}, format="json")
    assert released.json() == {"n_items": 1}
    acted = act(api, action="reserve", items=[items[1].pk], people=["ann"])
    assert acted.json()["n_changed"] == 1
    for refused in (
        api.post(f"{ROOT}/reservations/", {"first": 1, "people": ["tom"]}, format="json"),
        act(api, action="reserve", filter="", people=["nobody"]),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "reservation_invalid")
    for faulty in ({"people": ["ann"]}, {"items": [1], "first": 1, "people": ["ann"]}, {"first": 1, "people": []}):
        assert api.post(f"{ROOT}/reservations/", faulty, format="json").status_code == 400


def test_views_are_saved_changed_and_deleted(api: APIClient, project: Project) -> None:
    made = api.post(f"{ROOT}/saved-views/", {"name": "open", "query": "queue=open&x=1"}, format="json")
    assert made.status_code == 201
    assert (made.json()["query"], made.json()["owner"], made.json()["is_shared"]) == ("queue=open", "lead", False)
    again = api.post(f"{ROOT}/saved-views/", {"name": "open", "query": ""}, format="json")
    assert (again.status_code, again.json()["code"]) == (422, "saved_view_invalid")
    address = f"{ROOT}/saved-views/{made.json()['id']}/"
    assert api.patch(address, {"is_shared": True}, format="json").json()["is_shared"] is True
    assert [view["name"] for view in api.get(f"{ROOT}/saved-views/").json()] == ["open"]
    assert api.delete(address).status_code == 204
    assert not SavedView.objects.exists()
