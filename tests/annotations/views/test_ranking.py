"""A group on the review page and over the API: its candidates side by side, as blind as an item, in one answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Mode, Order, RaterKind, Role, Visible
from annotations.models import Item, Judgement, Project
from annotations.rubrics import write_rubric
from annotations.selectors.rankings import shown_order
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from annotations.services.rubrics import add_rubric_version
from tests.annotations.views.test_review import JSON, address, answer, held, signed_in
from tests.factories import judge_item, make_group, make_items, make_project, make_rater, ranking_spec

pytestmark = pytest.mark.django_db


def project_with_groups(*sizes: int, n_places: int = 4, **fields: Any) -> tuple[Project, list[list[Item]]]:
    project = make_project(spec=ranking_spec(n_places), **fields)
    groups = [make_group(project, size, f"set-{number}") for number, size in enumerate(sizes, 1)]
    queue_items(project=project, order=Order.GIVEN)
    return project, groups


def places(user_id: int) -> dict[int, int | None]:
    live = Judgement.objects.live().filter(rater__user=user_id)
    return {item: levels[0] for item, levels in live.values_list("item_id", "levels")}


def test_the_page_shows_the_evidence_once_and_the_candidates_in_the_order_of_the_lot() -> None:
    project, [group] = project_with_groups(3)
    client, user = signed_in(project)

    page = client.get(address(project)).content.decode()

    texts = {item.pk: item.candidates[0]["text"] for item in group}
    at = [page.index(f">{texts[item]}<") for item in shown_order(held(user))]
    assert at == sorted(at)
    assert page.count("hiking") == 1
    assert page.count("data-candidate=") == 3
    assert "set-1" in page
    assert "js/review/ranking.js" in page
    for item in group:  # an id would tell which candidate came in first
        assert item.external_id not in page


def test_the_page_of_an_item_has_nothing_of_rankings() -> None:
    project = make_project()
    make_items(project, 1, group="set-1")
    queue_items(project=project)
    client, _ = signed_in(project)

    page = client.get(address(project)).content.decode()
    assert "ranking" not in page
    assert "data-candidate" not in page


def test_a_ranking_is_blind_on_the_page_ahead_and_over_the_api() -> None:
    project, groups = project_with_groups(2, 2, 2)
    judge = make_rater(project, RaterKind.JUDGE, "secret judge")
    for group in groups:
        for place, item in enumerate(group):
            judge_item(judge, item, (place,), rationale="secret reason")
    client, user = signed_in(project)

    page = client.get(address(project)).content.decode()
    ahead = client.post(address(project, held(user).pk, "ahead"), headers=JSON).content.decode()
    following = client.post(f"/api/v1/projects/{project.slug}/review/next/").content.decode()

    for shown in (page, ahead, following):
        assert "secret" not in shown
        for item in (item for group in groups for item in group):
            assert item.external_id not in shown


def test_a_ranking_is_stored_and_the_next_group_comes_with_the_reply() -> None:
    project, _ = project_with_groups(3, 2)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)

    sent = client.post(
        address(project, turn.pk, "submit"), answer(project, 2, 0, 0, rationale=" so ", seconds="6"), headers=JSON
    )

    assert sent.status_code == 200
    assert [places(user.pk)[item] for item in shown_order(turn)] == [2, 0, 0]
    assert set(Judgement.objects.values_list("rationale", "seconds", "visible")) == {("so", 2.0, Visible.BLIND)}
    assert "set-1" in sent.json()["finished"]
    assert "set-2" in sent.json()["next"]["html"]
    again = client.post(address(project, turn.pk, "submit"), answer(project, 2, 0, 0, rationale="so"), headers=JSON)
    assert again.json()["judgement"] == sent.json()["judgement"]
    assert Judgement.objects.count() == 3


def test_an_open_candidate_is_named_and_what_was_chosen_stays() -> None:
    project, _ = project_with_groups(3)
    client, user = signed_in(project)
    client.get(address(project))

    sent = client.post(address(project, held(user).pk, "submit"), answer(project, 1, 4))

    assert sent.status_code == 422
    page = sent.content.decode()
    assert "Still open: Candidate C." in page
    assert page.count("checked") >= 2
    assert not Judgement.objects.exists()


def test_places_that_the_group_does_not_have_count_as_open() -> None:
    project, _ = project_with_groups(2)  # of four places
    client, user = signed_in(project)
    client.get(address(project))

    assert client.post(address(project, held(user).pk, "submit"), answer(project, 0, 3)).status_code == 422
    assert not Judgement.objects.exists()


def test_judges_that_ranked_the_group_are_revealed_after_the_answer() -> None:
    project, [group] = project_with_groups(2)
    judge = make_rater(project, RaterKind.JUDGE, "side by side")
    for item in group:
        judge_item(judge, item, (0,))
    half = make_rater(project, RaterKind.JUDGE, "half")
    judge_item(half, group[0], (0,))
    client, user = signed_in(project)
    client.get(address(project))

    sent = client.post(address(project, held(user).pk, "submit"), answer(project, 0, 1), headers=JSON).json()

    assert "differs on <b>Candidate B</b>" in sent["finished"]
    assert "side by side" in sent["comparison"]
    assert "half" not in sent["comparison"]


def test_assistance_shows_the_judges_order_and_is_stored_as_such() -> None:
    project, [group] = project_with_groups(2)
    judge = make_rater(project, RaterKind.JUDGE, "side by side")
    for place, item in enumerate(group):
        judge_item(judge, item, (place,))
    policy = replace(project.current_policy().settings(), reveal_share=0.0, assist_share=1.0)
    change_policy(project=project, settings=policy)
    client, user = signed_in(project)

    page = client.get(address(project)).content.decode()
    assert held(user).mode == Mode.ASSIST
    assert "side by side" in page
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 1))

    assert set(Judgement.objects.filter(rater__user=user).values_list("visible", flat=True)) == {Visible.ASSISTED}


def test_a_skipped_group_goes_to_somebody_else_whole() -> None:
    project, [group] = project_with_groups(2)
    client, user = signed_in(project)
    client.get(address(project))
    sent = client.post(address(project, held(user).pk, "skip"), {"reason": "unclear"}, headers=JSON).json()
    assert "set-1" in sent["finished"]
    other, other_user = signed_in(project)
    other.get(address(project))
    assert set(shown_order(held(other_user))) == {item.pk for item in group}


def test_ones_own_ranking_is_listed_once_and_changed_whole() -> None:
    project, _ = project_with_groups(3)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    client.post(address(project, turn.pk, "submit"), answer(project, 0, 1, 2))

    listed = client.get(f"/p/{project.slug}/my-work/").content.decode()
    assert "3 candidates ranked" in listed
    assert listed.count("/my-work/") < 6
    turn.refresh_from_db()
    path = f"/p/{project.slug}/my-work/{turn.judgement_id}/"
    page = client.get(path).content.decode()
    assert page.count("data-candidate=") == 3
    assert client.post(path, {"level-0": "2", "level-1": "0", "level-2": ""}).status_code == 422
    assert client.post(path, {"level-0": "2", "level-1": "0", "level-2": "1"}).status_code == 302
    assert [places(user.pk)[item] for item in shown_order(turn)] == [2, 0, 1]


@pytest.mark.parametrize("size", [2, 12])
def test_a_submit_costs_the_same_for_any_number_of_candidates(
    size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = project_with_groups(size, size, size, n_places=12)
    client, user = signed_in(project)
    client.get(address(project))
    client.post(address(project, held(user).pk, "submit"), answer(project, *range(size)), headers=JSON)
    turn = held(user).pk
    with django_assert_num_queries(22):
        client.post(address(project, turn, "submit"), answer(project, *range(size)), headers=JSON)


def test_somebody_elses_ranking_does_not_exist() -> None:
    project, _ = project_with_groups(2)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user).pk
    for role in (Role.ANNOTATOR, Role.LEAD):
        other, _ = signed_in(project, role)
        assert other.post(address(project, turn, "submit"), answer(project, 0, 1)).status_code == 404
    outsider = Client()
    assert outsider.post(address(project, turn, "submit"), answer(project, 0, 1)).status_code == 302
    assert not Judgement.objects.exists()


def test_a_rubric_that_cannot_be_taken_is_refused_on_its_page() -> None:
    project = make_project()
    make_items(project, 1)
    queue_items(project=project)
    client, _ = signed_in(project, Role.LEAD)

    sent = client.post(f"/p/{project.slug}/rubric/new/", {"text": write_rubric(ranking_spec())})

    assert sent.status_code == 422
    assert "1 items were queued one by one" in sent.content.decode()


def test_the_rubric_page_and_the_draw_say_that_groups_are_ranked() -> None:
    project = make_project(spec=ranking_spec())
    make_group(project, 2)
    make_group(project, 6)
    draw = queue_items(project=project)
    client, _ = signed_in(project, Role.LEAD)

    assert "ranks a group" in client.get(f"/p/{project.slug}/rubric/").content.decode()
    page = client.get(f"/p/{project.slug}/queue/draws/{draw.pk}/?repeat=1").content.decode()
    assert "1 groups with more candidates than the rubric has places" in page
    assert "selects the same 1 items" in page


# --- over the API


def api(client: Client, project: Project, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(
        f"/api/v1/projects/{project.slug}/{path}", data=body or {}, content_type="application/json"
    )  # fmt: skip


def test_the_api_gives_a_group_and_takes_its_places_by_letter() -> None:
    project, [group] = project_with_groups(3)
    client, user = signed_in(project)
    turn = api(client, project, "review/next/").json()["assignment"]

    assert turn["is_ranking"]
    assert turn["item"]["external_id"] == "set-1"
    texts = {item.pk: item.candidates[0] for item in group}
    order = shown_order(held(user))
    assert turn["item"]["candidates"] == [texts[item] for item in order]

    path = f"review/{turn['id']}/submit/"
    sent = api(client, project, path, {"rubric_version": 1, "places": {"A": "2", "B": "1"}})
    assert (sent.status_code, sent.json()["code"]) == (422, "annotation_incomplete")
    for wrong in ({"A": "1", "B": "1", "D": "1"}, {"A": "1", "B": "1", "AB": "1"}, {"A": "first", "B": "1", "C": "1"}):
        assert api(client, project, path, {"rubric_version": 1, "places": wrong}).status_code == 422
    assert api(client, project, path, {"rubric_version": 1}).status_code == 400
    assert not Judgement.objects.exists()

    sent = api(client, project, path, {"rubric_version": 1, "places": {"A": "2", "B": "1", "C": "below"}})
    assert sent.status_code == 201
    assert [places(user.pk)[item] for item in order] == [1, 0, 4]
    changed = api(
        client, project, f"my-work/{sent.json()['judgement']}/",
        {"rubric_version": 1, "places": {"A": "1", "B": "1", "C": "2"}},
    )  # fmt: skip
    assert changed.status_code == 200
    assert [places(user.pk)[item] for item in order] == [0, 0, 2]


def test_an_item_takes_no_places_and_a_group_no_levels() -> None:
    project, _ = project_with_groups(2)
    client, _ = signed_in(project)
    turn = api(client, project, "review/next/").json()["assignment"]["id"]
    sent = api(client, project, f"review/{turn}/submit/", {"rubric_version": 1, "levels": {"place": "1"}})
    assert sent.status_code == 422

    single = make_project()
    make_items(single, 1)
    queue_items(project=single)
    client, _ = signed_in(single)
    turn = api(client, single, "review/next/").json()["assignment"]["id"]
    sent = api(client, single, f"review/{turn}/submit/", {"rubric_version": 1, "places": {"A": "1"}})
    assert sent.status_code == 422
    assert not Judgement.objects.exists()


def test_a_turn_of_a_group_goes_on_under_a_new_version_of_the_ranking() -> None:
    project, _ = project_with_groups(2)
    client, user = signed_in(project)
    client.get(address(project))
    old = answer(project, 0, 1)
    add_rubric_version(project=project, spec=ranking_spec(n_places=5))

    assert "The rubric changed" in client.post(address(project, held(user).pk, "submit"), old).content.decode()
    assert client.post(address(project, held(user).pk, "submit"), answer(project, 0, 1)).status_code == 302
    assert Judgement.objects.count() == 2


def test_what_a_judge_said_of_candidates_in_hand_stays_covered() -> None:
    project, [group, other] = project_with_groups(3, 3)
    judge = make_rater(project, RaterKind.JUDGE, "side by side")
    for item in group + other:
        judge_item(judge, item, (0,))
    client, _ = signed_in(project, Role.LEAD)
    client.get(address(project))  # holds the first group now

    for item in group:
        assert "side by side" not in client.get(f"/p/{project.slug}/items/{item.pk}/").content.decode()
    assert "side by side" in client.get(f"/p/{project.slug}/items/{other[0].pk}/").content.decode()
    listed = client.get(f"/p/{project.slug}/items/?outcome=pass").content.decode()
    assert {item.external_id for item in group + other if item.external_id in listed} == {
        item.external_id for item in other
    }
