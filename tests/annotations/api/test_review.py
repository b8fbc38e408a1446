from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.choices import AssignmentStatus, Order, RaterKind, Role
from annotations.models import Assignment, Item, Judgement, Project
from annotations.services.queue import claim_item, queue_items
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db


def project_with(n: int, **fields: Any) -> tuple[Project, list[Item]]:
    project = make_project(**fields)
    items = make_items(project, n, slices={"producer": "secret-writer-model"}, group="g1")
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def signed_in(project: Project, role: Role = Role.ANNOTATOR) -> Client:
    client = Client()
    client.force_login(make_member(project, role))
    return client


def post(client: Client, project: Project, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(
        f"/api/v1/projects/{project.slug}/review/{path}", data=body or {}, content_type="application/json"
    )


def answer(**levels: str) -> dict[str, Any]:
    return {"rubric_version": 1, "levels": levels, "rationale": "thin", "seconds": 4.5}


def test_next_gives_the_item_its_rubric_and_nothing_else_of_it() -> None:
    project, [item] = project_with(1)
    judge_item(make_rater(project, RaterKind.JUDGE, "secret-judge"), item, (1, 1), rationale="JUDGE-REASON")
    response = post(signed_in(project), project, "next/")
    turn = response.json()["assignment"]
    assert set(turn) == {
        "id",
        "mode",
        "verdict",
        "is_swapped",
        "may_skip",
        "lease_expires_at",
        "item",
        "rubric",
        "is_ranking",
    }
    assert (turn["mode"], turn["verdict"]) == ("blind", None)
    assert turn["item"] == {
        "external_id": item.external_id, "context": item.context, "candidates": item.candidates
    }  # fmt: skip
    assert [criterion["key"] for criterion in turn["rubric"]["criteria"]] == ["c0", "c1"]
    received = f"{response.headers}{response.content.decode()}"
    for secret in ("secret-judge", "JUDGE-REASON", "secret-writer-model"):
        assert secret not in received


def test_submitting_stores_the_answer_shows_the_verdicts_and_brings_the_next_item() -> None:
    project, items = project_with(2)
    judge_item(make_rater(project, RaterKind.JUDGE, "judge v1"), items[0], (1, 1), rationale="why not")
    client = signed_in(project)
    turn = post(client, project, "next/").json()["assignment"]
    sent = post(client, project, f"{turn['id']}/submit/", answer(c0="pass", c1="fail"))
    assert sent.status_code == 201
    body = sent.json()
    assert body["verdicts"] == [{"judge": "judge v1", "rationale": "why not", "differs_on": ["Criterion 0"]}]
    assert body["next"]["assignment"]["item"]["external_id"] == items[1].external_id
    judgement = Judgement.objects.get(pk=body["judgement"])
    assert (judgement.levels, judgement.rationale, judgement.seconds) == ([0, 1], "thin", 4.5)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (answer(c0="pass"), "annotation_incomplete"),
        (answer(c0="pass", c1="excellent"), "rubric_invalid"),
        (answer(c0="pass", c1="pass", c9="pass"), "rubric_invalid"),
        ({**answer(c0="pass", c1="pass"), "rubric_version": 2}, "rubric_invalid"),
    ],
)
def test_an_answer_that_does_not_fit_the_rubric_is_refused_with_its_code(body: dict[str, Any], code: str) -> None:
    project, _ = project_with(1)
    client = signed_in(project)
    turn = post(client, project, "next/").json()["assignment"]
    sent = post(client, project, f"{turn['id']}/submit/", body)
    assert (sent.status_code, sent.json()["code"]) == (422, code)
    assert not Judgement.objects.exists()
    assert Assignment.objects.get().status == AssignmentStatus.LEASED


def test_another_answer_to_the_same_turn_is_a_conflict() -> None:
    project, _ = project_with(1)
    client = signed_in(project)
    turn = post(client, project, "next/").json()["assignment"]
    path = f"{turn['id']}/submit/"
    first = post(client, project, path, answer(c0="pass", c1="pass")).json()["judgement"]
    assert post(client, project, path, answer(c0="pass", c1="pass")).json()["judgement"] == first
    again = post(client, project, path, answer(c0="fail", c1="pass"))
    assert (again.status_code, again.json()["code"]) == (409, "already_judged")
    assert Judgement.objects.count() == 1


def test_skipping_brings_the_next_item_and_an_empty_queue_says_why() -> None:
    project, items = project_with(2)
    client = signed_in(project)
    turn = post(client, project, "next/").json()["assignment"]
    assert post(client, project, f"{turn['id']}/skip/", {"reason": "no such reason"}).status_code == 400
    body = post(client, project, f"{turn['id']}/skip/", {"reason": "language"}).json()
    assert body["assignment"]["item"]["external_id"] == items[1].external_id
    body = post(client, project, f"{body['assignment']['id']}/skip/", {"reason": "language"}).json()
    assert body == {"assignment": None, "why": "yours_are_done"}


def test_who_may_review_over_the_api() -> None:
    project, _ = project_with(1)
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    outsider = Client()
    outsider.force_login(make_user())
    for path in ("next/", f"{turn.pk}/submit/", f"{turn.pk}/skip/"):
        assert post(signed_in(project, Role.TRAINER), project, path).status_code == 403
        assert post(outsider, project, path).status_code == 404
        assert post(Client(), project, path).status_code == 401
    assert post(signed_in(project, Role.LEAD), project, f"{turn.pk}/submit/").status_code == 404
