"""Doing one thing with many items on the pages: asked first, then done with as many as were shown."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from annotations.choices import Order, Role
from annotations.models import Flag, Gold, Project, QueuedItem, Reservation, User
from annotations.services.bulk import ACTIONS
from annotations.services.queue import queue_items
from tests.annotations.views.test_item_list import chips
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


def agreed(page: str) -> dict[str, str]:
    match = re.search(r'name="n_agreed" value="(\d+)"', page)
    assert match is not None
    return {"n_agreed": match[1]}


def test_ticked_items_are_changed_after_the_question(client: Client, project: Project, lead: User) -> None:
    items = make_items(project, 3)
    queue_items(project=project, items=project.items.exclude(pk=items[2].pk))
    address = f"/p/tags/items/act/?text=item&action=urgent&scope=ticked&item={items[0].pk}&item={items[2].pk}"
    page = client.get(address).text
    assert "1 item will change" in page
    assert "of 2 chosen" in page
    assert not QueuedItem.objects.filter(urgency__gt=0).exists()
    assert f'action="{address.replace("&", "&amp;")}"' in page
    done = client.post(address, agreed(page))
    assert done.headers["Location"] == "/p/tags/items/?text=item"
    assert "1 item was changed; 1 stay as they are." in client.get(done.headers["Location"]).text
    assert set(QueuedItem.objects.filter(urgency__gt=0).values_list("pk", flat=True)) == {items[0].pk}


def test_all_that_match_are_changed_unless_there_are_more_by_then(client: Client, project: Project, lead: User) -> None:
    make_items(project, 2, slices={"language": "en"})
    make_items(project, 1, slices={"language": "fr"})
    address = "/p/tags/items/act/?slice=language%3Den&action=queue&scope=all"
    page = client.get(address).text
    assert "2 items will change" in page
    make_items(project, 1, slices={"language": "en"})
    later = client.post(address, agreed(page))
    assert later.status_code == 422
    assert "2 items were to change, and it would be 3 by now" in unescape(later.text)
    assert not QueuedItem.objects.exists()
    assert client.post(address, agreed(later.text)).status_code == 302
    assert QueuedItem.objects.count() == 3


def test_items_are_reserved_for_members_who_may_review(client: Client, project: Project, lead: User) -> None:
    items = make_items(project, 4)
    queue_items(project=project, order=Order.GIVEN)
    ann, bob = make_member(project, name="ann"), make_member(project, name="bob")
    make_member(project, Role.TRAINER, name="tom")
    address = "/p/tags/items/act/?first=2&last=3&action=reserve&scope=all"
    page = client.get(address).text
    assert all(
        f"{name}</label>" in re.sub(r"\s+", " ", page).replace(" </label>", "</label>") for name in ("ann", "bob")
    )
    assert "tom" not in page
    assert client.post(address, agreed(page)).status_code == 422
    client.post(address, {**agreed(page), "people": [ann.pk, bob.pk], "is_split": "yes"})
    kept = Reservation.objects.order_by("position").values_list("item", "rater__user")
    assert list(kept) == [(items[1].pk, ann.pk), (items[2].pk, bob.pk)]


def test_a_skill_is_set_and_read(client: Client, project: Project, lead: User) -> None:
    make_items(project, 1)
    queue_items(project=project)
    address = "/p/tags/items/act/?action=skill&scope=all"
    client.post(address, {**agreed(client.get(address).text), "skill": " fr "})
    assert QueuedItem.objects.get().skill == "fr"
    assert 'title="Skill">fr' in client.get("/p/tags/items/").text


def test_items_are_flagged_with_a_reason(client: Client, project: Project, lead: User) -> None:
    [item, _] = make_items(project, 2)
    address = f"/p/tags/items/act/?action=flag&scope=ticked&item={item.pk}"
    page = client.get(address).text
    assert client.post(address, agreed(page)).status_code == 422
    assert not Flag.objects.exists()
    client.post(address, {**agreed(page), "reason": "guideline", "note": "see the tags"})
    flag = Flag.objects.get()
    assert (flag.item_id, flag.user, flag.reason, flag.note) == (item.pk, lead, "guideline", "see the tags")
    assert "Open flags some" in chips(client.get("/p/tags/items/?flagged=yes").text)


def test_items_become_gold_and_the_others_are_counted(client: Client, project: Project, lead: User) -> None:
    [item, _] = make_items(project, 2)
    for _ in range(2):
        judge_item(make_rater(project), item, (0, 1))
    address = "/p/tags/items/act/?action=gold&scope=all"
    page = client.get(address).text
    assert "1 item will change" in page
    assert "Left as they are: items with neither a ruling nor firm consensus" in page
    done = client.post(address, {**agreed(page), "use": "training"})
    assert "1 item was changed; 1 stay as they are." in client.get(done.headers["Location"]).text
    assert set(Gold.objects.values_list("item", "use")) == {(item.pk, "training")}
    assert "Gold is used as training, shown with its explanation" in chips(
        client.get("/p/tags/items/?gold_use=training").text
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_on_nothing_says_so(client: Client, project: Project, lead: User, action: str) -> None:
    page = client.get(f"/p/tags/items/act/?action={action}&scope=ticked&item=x&item=99999999999999999999").text
    assert "No item is chosen" in page
    assert "n_agreed" not in page


def test_an_unknown_action_leads_back_to_the_list(client: Client, project: Project, lead: User) -> None:
    assert client.get("/p/tags/items/act/?action=burn&scope=all").headers["Location"] == "/p/tags/items/"


def test_items_of_another_project_cannot_be_ticked(client: Client, project: Project, lead: User) -> None:
    [foreign] = make_items(make_project(), 1)
    page = client.get(f"/p/tags/items/act/?action=queue&scope=ticked&item={foreign.pk}").text
    assert "No item is chosen" in page
