"""What goes with a sitting: keys, guidelines that change, progress, pairs in the order of the lot."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.allocation import lot
from annotations.choices import ProjectKind
from annotations.forms.keys import DEFAULT_KEYS
from annotations.models import Assignment, Rater, User
from annotations.rubrics import load_rubric
from annotations.services.guidelines import add_guideline_version
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from tests.annotations.views.test_review import JSON, address, answer, held, project_with, signed_in
from tests.factories import make_items, make_project, make_user

pytestmark = pytest.mark.django_db


# --- keys


@pytest.fixture
def signed_in_user(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


def test_keys_are_bound_anew_and_stand_on_the_buttons() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    bound = {**DEFAULT_KEYS, "all_pass": "P", "submits_alone": "yes"}
    assert client.post("/me/keys/", bound).status_code == 302
    user.refresh_from_db()
    assert (user.review_keys, user.submits_alone) == ({"all_pass": "p"}, True)
    page = client.get(address(project)).content.decode()
    assert "All pass <kbd>P</kbd>" in page
    assert 'data-submits-alone="always"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"all_pass": "s"}, "stands for “skip, with a reason” too"),
        ({"all_pass": "1"}, "The digits choose levels"),
        ({"all_pass": ""}, "This field is required"),
    ],
)
def test_keys_that_cannot_be_are_refused(
    client: Client, signed_in_user: User, change: dict[str, str], words: str
) -> None:
    sent = client.post("/me/keys/", {**DEFAULT_KEYS, **change})
    assert sent.status_code == 422
    assert words in sent.content.decode()
    signed_in_user.refresh_from_db()
    assert signed_in_user.review_keys == {}


def test_the_usual_keys_can_be_restored(client: Client, signed_in_user: User) -> None:
    User.objects.update(review_keys={"skip": "x"}, submits_alone=False)
    client.post("/me/keys/", {"restore": "1"})
    signed_in_user.refresh_from_db()
    assert (signed_in_user.review_keys, signed_in_user.submits_alone) == ({}, None)


# --- guidelines


def test_guidelines_that_changed_are_announced_until_they_are_confirmed() -> None:
    project, _ = project_with(4)
    add_guideline_version(project=project, text="Read the evidence.\nBe strict.")
    client, user = signed_in(project)
    assert "The guidelines changed: version" not in client.get(address(project)).content.decode()
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0))
    add_guideline_version(project=project, text="Read the evidence.\nBe kind.")
    for _ in range(2):
        page = client.get(address(project)).content.decode()
        assert "The guidelines changed: version 1 is now 2" in page
        assert "<ins>Be kind.</ins>" in page
        assert "<del>Be strict.</del>" in page
        client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0))
    assert client.post(address(project, "guidelines", 2, "read")).status_code == 302
    assert "The guidelines changed: version" not in client.get(address(project)).content.decode()
    assert client.post(address(project, "guidelines", 9, "read")).status_code == 404


def test_a_reply_says_under_which_guidelines_the_answer_was_stored() -> None:
    project, _ = project_with(2)
    client, user = signed_in(project)
    client.get(address(project))
    guideline = add_guideline_version(project=project, text="Be kind.")
    sent = client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0), headers=JSON)
    assert sent.json()["guideline"] == guideline.pk


# --- progress


def test_my_work_tells_time_target_project_and_agreement_with_gold_where_the_policy_shows_it() -> None:
    project, _ = project_with(4)
    client, user = signed_in(project)
    for seconds in ("4", "10"):
        client.get(address(project))
        client.post(address(project, held(user).pk, "submit"), answer(project, 0, 1, seconds=seconds))
    path = f"/p/{project.slug}/my-work/"
    page = client.get(path).content.decode()
    assert "<b>7.0 s</b>" in page
    assert "<b>2</b> of 4 annotations" in page
    assert "rating is known" not in page
    policy = replace(project.current_policy().settings(), shows_gold_accuracy=True, daily_target=30)
    change_policy(project=project, settings=policy)
    page = client.get(path).content.decode()
    assert "2 of 30 today" in page
    assert "no answer on gold yet" in page
    api = client.get(f"/api/v1/projects/{project.slug}/review/progress/").json()
    assert (api["n_today"], api["daily_target"], api["median_s"], api["n_timed"]) == (2, 30, 7.0, 2)


def test_the_page_tells_how_far_the_project_is_and_counts_once_for_all_who_look() -> None:
    project, _ = project_with(4)
    client, user = signed_in(project)

    def figures(page: str) -> list[str]:
        return re.findall(r"data-project-figure=\"\w+\">(\d+)<", page)

    assert figures(client.get(address(project)).text) == ["0", "4"]
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 1))
    other, _ = signed_in(project)
    with CaptureQueriesContext(connection) as asked:
        assert figures(other.get(address(project)).text) == ["0", "4"]  # of less than a minute ago
    assert [query["sql"] for query in asked if 'SUM("annotations_queueditem"."overlap")' in query["sql"]] == []
    cache.clear()
    assert figures(client.get(address(project)).text) == ["1", "4"]


# --- pairs


def test_the_side_is_drawn_by_lot_and_answers_are_in_the_items_own_order() -> None:
    project = make_project(spec=load_rubric("preference"), kind=ProjectKind.PREFERENCE)
    make_items(project, 12, candidates=[{"text": "ONE"}, {"text": "TWO"}])
    queue_items(project=project, seed=5)
    client, user = signed_in(project)
    sides = set()
    for _ in range(12):
        page = client.get(address(project)).content.decode()
        turn = held(user)
        assert turn.is_swapped == (lot(5, "side", turn.rater_id, turn.item_id) < 0.5)
        assert (page.index("TWO") < page.index("ONE")) == turn.is_swapped
        client.post(address(project, turn.pk, "submit"), {**answer(project), "level-0": "0"})
        turn.refresh_from_db()
        assert turn.judgement is not None
        assert turn.judgement.levels == [1 if turn.is_swapped else 0]
        sides.add(turn.is_swapped)
        shown = client.get(address(project), {"after": turn.pk}).content.decode()
        again = client.get(f"/p/{project.slug}/my-work/{turn.judgement_id}/").content.decode()
        assert "Saved" in shown
        assert 'value="0" data-key="A" checked' in again
    assert sides == {True, False}
    assert Rater.objects.filter(user=user).count() == 1
    assert Assignment.objects.filter(rater__user=user).count() == 12
