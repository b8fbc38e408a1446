"""Adjudicating, flagging and talking over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.choices import Cause, RaterKind, Role
from annotations.models import Comment, Dispute, Flag, Gold, Project, QueuedItem, Ruling
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from tests.factories import judge_item, make_dispute, make_items, make_member, make_project, make_rater, make_ruling

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


def signed_in(project: Project, role: Role = Role.ADJUDICATOR) -> Client:
    client = Client()
    client.force_login(make_member(project, role))
    return client


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1/projects/tags/{path}", data=body or {}, content_type="application/json")


def get(client: Client, path: str) -> Any:
    return client.get(f"/api/v1/projects/tags/{path}").json()


def ruling(**fields: Any) -> dict[str, Any]:
    return {"levels": {"c0": "pass", "c1": "fail"}, "cause": "careless", **fields}


def test_the_next_dispute_carries_no_name_and_no_verdict_until_they_are_asked_for(project: Project) -> None:
    [item] = make_items(project, 1)
    dispute = make_dispute(item)
    judge_item(make_rater(project, RaterKind.JUDGE, "judge v1"), item, (1, 1), rationale="why")
    client = signed_in(project)
    held = post(client, "disputes/next/").json()["dispute"]
    assert held["id"] == dispute.pk
    assert sorted(answer["by"] for answer in held["answers"]) == ["Annotator 1", "Annotator 2"]
    assert sorted(answer["levels"] for answer in held["answers"]) == [[0, 0], [0, 1]]
    assert held["verdicts"] == []
    assert post(client, f"disputes/{dispute.pk}/look/", {"at": ["rater"]}).status_code == 400
    held = post(client, f"disputes/{dispute.pk}/look/", {"at": ["verdicts", "names"]}).json()["dispute"]
    assert [verdict["judge"] for verdict in held["verdicts"]] == ["judge v1"]
    assert "Annotator 1" not in [answer["by"] for answer in held["answers"]]


def test_a_ruling_is_stored_with_its_keys_and_listed(project: Project) -> None:
    dispute = make_dispute(make_items(project, 1)[0])
    client = signed_in(project)
    held = post(client, "disputes/next/").json()["dispute"]
    shown = sorted(answer["id"] for answer in held["answers"])
    body = ruling(cause="guideline_unclear", criterion="c1", reason="old?", shown=shown, seconds=3, is_gold=True)
    sent = post(client, f"disputes/{dispute.pk}/rule/", body)
    assert sent.status_code == 201
    stored = sent.json()
    assert (stored["levels"], stored["criterion"], stored["shown"]) == ({"c0": "pass", "c1": "fail"}, "c1", shown)
    assert post(client, f"disputes/{dispute.pk}/rule/", body).json()["id"] == stored["id"]
    conflict = post(client, f"disputes/{dispute.pk}/rule/", ruling())
    assert (conflict.status_code, conflict.json()["code"]) == (409, "dispute_closed")
    [listed] = get(client, "disputes/?state=ruled&cause=guideline_unclear")
    assert (listed["external_id"], listed["ruling"]["reason"]) == (dispute.item.external_id, "old?")
    assert get(client, "disputes/?state=open") == []
    assert post(client, "disputes/next/").json() == {"dispute": None}
    assert Gold.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        ruling(levels={"c0": "pass"}),
        ruling(levels={"c0": "pass", "c1": "good"}),
        ruling(levels={"c0": "pass", "c1": "pass", "c9": "pass"}),
        ruling(criterion="c9"),
        ruling(criterion="c0"),
        ruling(cause="other"),
    ],
)
def test_a_ruling_that_does_not_fit_is_refused(body: dict[str, Any], project: Project) -> None:
    dispute = make_dispute(make_items(project, 1)[0])
    client = signed_in(project)
    post(client, "disputes/next/")
    sent = post(client, f"disputes/{dispute.pk}/rule/", body)
    assert (sent.status_code, sent.json()["code"]) == (422, "ruling_invalid")
    assert not Ruling.objects.exists()


def test_a_dispute_is_put_back_and_reopened(project: Project) -> None:
    first, second = (make_dispute(item) for item in make_items(project, 2))
    client = signed_in(project)
    post(client, "disputes/next/")
    assert post(client, f"disputes/{first.pk}/put-back/").json()["dispute"]["id"] == second.pk
    assert post(client, f"disputes/{first.pk}/put-back/").status_code == 404
    lead = signed_in(project, Role.LEAD)
    assert post(lead, f"disputes/{first.pk}/reopen/").status_code == 409
    post(client, f"disputes/{second.pk}/rule/", ruling())
    assert post(lead, f"disputes/{second.pk}/reopen/").json()["state"] == "open"
    assert Ruling.objects.live().count() == 0
    assert Dispute.objects.filter(state="open").count() == 2


def test_a_lead_waits_for_no_further_answer(project: Project) -> None:
    dispute = make_dispute(make_items(project, 1)[0])
    lead = signed_in(project, Role.LEAD)
    assert post(lead, f"items/{dispute.item_id}/stop-asking/").json() == {"decision": None}
    dispute.delete()
    QueuedItem.objects.update(overlap=3, state="open")
    assert post(lead, f"items/{dispute.item_id}/stop-asking/").json() == {"decision": "dispute"}
    [other] = make_items(project, 1)
    assert post(lead, f"items/{other.pk}/stop-asking/").status_code == 404


def test_unclear_guidelines_are_listed_and_seen_to(project: Project) -> None:
    dispute = make_dispute(make_items(project, 1)[0])
    make_ruling(dispute, make_member(project, Role.ADJUDICATOR), Cause.GUIDELINE_UNCLEAR, criterion=1)
    client = signed_in(project, Role.LEAD)
    [unclear] = get(client, "guidelines/unclear/")
    assert (unclear["name"], unclear["n_rulings"]) == ("Criterion 1", 1)
    body = {"rubric": unclear["rubric"], "criterion": unclear["criterion"]}
    assert post(client, "guidelines/unclear/", body).json() == []


def test_flags_over_the_api(project: Project) -> None:
    items = make_items(project, 2)
    queue_items(project=project, n=1)
    lead, annotator = signed_in(project, Role.LEAD), Client()
    user = make_member(project)
    annotator.force_login(user)
    turn = claim_item(project=project, rater=rater_of(project=project, user=user))
    assert turn is not None
    assert post(annotator, f"review/{turn.pk}/flag/", {"reason": "broken"}).status_code == 201
    assert post(lead, f"items/{items[0].pk}/flag/", {"reason": "private", "note": "a name"}).status_code == 201
    assert post(lead, f"items/{items[0].pk}/flag/", {"reason": "dull"}).status_code == 400
    flags = get(lead, "flags/")
    assert [(flag["reason"], flag["note"]) for flag in flags] == [("private", "a name"), ("broken", "")]
    assert post(lead, f"flags/{flags[0]['id']}/resolve/").json() == {"n": 1}
    assert [flag["reason"] for flag in get(lead, "flags/?state=resolved")] == ["private"]
    assert Flag.objects.count() == 2


def test_comments_and_mentions_over_the_api(project: Project) -> None:
    [item] = make_items(project, 1)
    queue_items(project=project)
    user = make_member(project, name="ann")
    annotator, lead = Client(), signed_in(project, Role.LEAD)
    annotator.force_login(user)
    path = f"items/{item.pk}/comments/"
    assert annotator.get(f"/api/v1/projects/tags/{path}").status_code == 404, "no turn, and nobody wrote to them"
    thread = post(lead, path, {"text": "for all"}).json()
    post(lead, path, {"text": "@ann mind the date", "reply_to": thread["id"]})
    assert [comment["text"] for comment in get(annotator, path)] == ["@ann mind the date"]
    assert post(annotator, path, {"text": "x", "reply_to": thread["id"]}).status_code == 404
    assert post(lead, path, {"text": "@x " * 60}).status_code == 201
    assert post(lead, path, {"text": "  "}).status_code == 400
    [mention] = get(annotator, "mentions/")
    assert (mention["external_id"], mention["seen_at"]) == (item.external_id, None)
    assert post(annotator, "mentions/", {"mentions": [mention["id"], 999]}).json() == {"n": 1}
    assert post(lead, f"comments/{thread['id']}/resolve/", {"is_resolved": True}).json() == {"n": 1}
    assert post(lead, f"comments/{thread['id']}/resolve/", {"is_resolved": False}).json() == {"n": 1}
    assert post(annotator, f"comments/{thread['id']}/resolve/", {"is_resolved": True}).status_code == 404
    assert Comment.objects.count() == 3
