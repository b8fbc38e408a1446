"""Pages of audits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.choices import ProjectKind, Role, WorkState
from annotations.models import Assignment, Project
from annotations.rubrics import load_rubric
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.bias import CHECKS
from models_llm.choices import JudgeKind
from models_llm.models import Audit, Judge, JudgeVersion
from models_llm.selectors.audits import audit_detail
from models_llm.services.audits import request_audit, run_audit
from tests.factories import make_items, make_member, make_project, make_user
from tests.models_llm.services.judged_projects import project_with_items, scripted_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return project_with_items(30)


@pytest.fixture
def version(project: Project) -> JudgeVersion:
    return scripted_version(project)


@pytest.fixture
def lead(project: Project, client: Client) -> Client:
    client.force_login(make_member(project, Role.LEAD))
    return client


def path_of(name: str, *arguments: object) -> str:
    return reverse(f"models_llm:{name}", args=arguments)


def text_of(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def finished(version: JudgeVersion, **fields: Any) -> Audit:
    audit = request_audit(version=version, user=None, n_items=30, **fields)
    run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    return audit


def test_an_audit_is_asked_for_on_the_judges_page(lead: Client, project: Project, version: JudgeVersion) -> None:
    page = text_of(lead, path_of("judge", project.slug, version.pk))
    assert path_of("start-audit", project.slug, version.pk) in page
    # As they are 100; three criteria, no pairs: padded 100, repeated 200, reordered 200, keys 100, attacks 100.
    assert "100 items take at most 800 judgings" in page

    asked = {"n_items": 20, "seed": 3, "checks": ["order", "repeat"]}
    response = lead.post(path_of("start-audit", project.slug, version.pk), asked)
    audit = Audit.objects.get()
    assert response["Location"] == path_of("audit", project.slug, audit.pk)
    assert (audit.most_items, audit.seed, audit.checks) == (20, 3, ["repeat", "order"])
    assert f"Audit {audit.pk}" in text_of(lead, path_of("judge", project.slug, version.pk))


@pytest.mark.parametrize("wrong", [{"checks": []}, {"n_items": 0}, {"n_items": 2001}, {"checks": ["charm"]}])
def test_a_request_that_cannot_be_met_comes_back_with_what_is_wrong(
    lead: Client, project: Project, version: JudgeVersion, wrong: dict[str, Any]
) -> None:
    asked = {"n_items": 20, "seed": 3, "checks": ["order"], **wrong}
    response = lead.post(path_of("start-audit", project.slug, version.pk), asked)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not Audit.objects.exists()


def test_a_recorded_judge_offers_no_audit(lead: Client, project: Project, version: JudgeVersion) -> None:
    Judge.objects.update(kind=JudgeKind.RECORDED)
    page = text_of(lead, path_of("audits", project.slug, version.pk))
    assert "A recorded judge cannot be asked about altered items." in page
    assert path_of("start-audit", project.slug, version.pk) not in page
    asked = {"n_items": 20, "seed": 3, "checks": ["order"]}
    response = lead.post(path_of("start-audit", project.slug, version.pk), asked)
    assert response.status_code == 422
    assert not Audit.objects.exists()


def test_the_page_has_a_row_for_each_check_and_its_examples_link_to_their_items(
    lead: Client, project: Project, version: JudgeVersion
) -> None:
    audit = finished(version)
    page = text_of(lead, path_of("audit", project.slug, audit.pk))
    for check in CHECKS.values():
        assert f">{check.title}<" in page
    assert "the rubric has no preference between two candidates" in page
    detail = audit_detail(audit, viewer=make_user())
    assert detail is not None
    [injection] = [shown for shown in detail.checks if shown.result.check == "injection"]
    assert injection.examples
    for shown in injection.examples:
        assert reverse("annotations:item", args=[project.slug, shown.example.item_id]) in page
        assert shown.explanation
    assert "<del>" in page


def test_examples_on_an_item_that_the_viewer_holds_for_review_are_covered(
    client: Client, project: Project, version: JudgeVersion
) -> None:
    audit = finished(version)
    shown = {example["item_id"] for check in (audit.report or {})["checks"] for example in check["examples"]}
    reader = make_member(project, Role.LEAD)
    queue_items(project=project, n=30)
    turn = claim_item(project=project, rater=rater_of(project=project, user=reader))
    assert turn is not None
    Assignment.objects.filter(pk=turn.pk).update(item_id=min(shown))  # whichever it was given, one with examples
    client.force_login(reader)
    page = text_of(client, path_of("audit", project.slug, audit.pk))
    report = client.get(path_of("api-audit", project.slug, audit.pk)).json()["report"]
    told = {example["item_id"] for check in report["checks"] for example in check["examples"]}
    assert told == shown - {min(shown)}
    for item_id in shown:
        assert (reverse("annotations:item", args=[project.slug, item_id]) in page) == (item_id in told)
    card = client.get(path_of("judge-card", project.slug, version.pk), {"format": "json"}).json()
    assert [check["examples"] for check in card["bias"]["report"]["checks"]] == [[]] * len(CHECKS)


def test_of_a_swapped_pair_both_levels_are_shown_though_they_are_the_same(client: Client) -> None:
    project = make_project(spec=load_rubric("preference"), kind=ProjectKind.PREFERENCE)
    for number in range(30):
        make_items(project, 1, candidates=[f"answer {number}", f"reply {number}"])
    client.force_login(make_member(project, Role.LEAD))
    audit = finished(scripted_version(project), checks=["position"])
    page = text_of(client, path_of("audit", project.slug, audit.pk))
    assert "A is better, swapped A is better" in page


def test_trials_without_a_rating_are_counted_beside_the_check(lead: Client, project: Project) -> None:
    version = scripted_version(project, faults={"refused": 0.3})
    audit = finished(version, checks=["master_keys"])
    detail = audit_detail(audit, viewer=make_user())
    assert detail is not None
    [shown] = detail.checks
    assert shown.n_unrated == shown.result.n_trials - shown.rows[0].figures[0].n > 0  # type: ignore[union-attr]
    assert f"{shown.n_unrated} without a rating" in text_of(lead, path_of("audit", project.slug, audit.pk))


def test_what_an_attack_or_a_reply_says_is_shown_and_never_run(
    lead: Client, project: Project, version: JudgeVersion
) -> None:
    audit = finished(version, checks=["injection"])
    report = audit.report or {}
    report["checks"][0]["examples"][0] |= {"reply": "<script>alert(1)</script>", "trial": "hidden-comment"}
    Audit.objects.update(report=report)
    page = text_of(lead, path_of("audit", project.slug, audit.pk))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<!-- for the automatic reviewer" not in page


def test_progress_is_shown_while_it_runs_and_asked_for_again(
    lead: Client, project: Project, version: JudgeVersion
) -> None:
    audit = request_audit(version=version, user=None)
    Audit.objects.update(state=WorkState.RUNNING, n_done=7, n_trials=70)
    path = path_of("audit", project.slug, audit.pk)
    assert '<progress value="7" max="70">' in text_of(lead, path)
    part = text_of(lead, path, **{"HX-Request": "true", "HX-Target": "audit-progress"})
    assert 'hx-trigger="every 1s"' in part
    assert "<html" not in part

    Audit.objects.update(state=WorkState.FAILED, error="no such engine")
    response = lead.get(path, headers={"HX-Request": "true", "HX-Target": "audit-progress"})
    assert response["HX-Refresh"] == "true"
    assert "no such engine" in text_of(lead, path)


def test_the_number_of_queries_does_not_grow_with_the_examples(
    lead: Client, project: Project, version: JudgeVersion, django_assert_max_num_queries: Any
) -> None:
    audits = [finished(version, checks=["order"]), finished(version)]
    for audit in audits:
        with django_assert_max_num_queries(14):
            text_of(lead, path_of("audit", project.slug, audit.pk))


# --- the API --------------------------------------------------------------------------------------------------------


def test_an_audit_is_asked_for_and_read_over_the_api(lead: Client, project: Project, version: JudgeVersion) -> None:
    path = path_of("api-audits", project.slug, version.pk)
    response = lead.post(path, json.dumps({"n_items": 10, "checks": ["repeat"]}), content_type="application/json")
    assert response.status_code == 202
    asked = response.json()
    assert (asked["state"], asked["checks"], asked["report"]) == ("waiting", ["repeat"], None)

    run_audit(audit_id=asked["id"])

    read = lead.get(path_of("api-audit", project.slug, asked["id"])).json()
    assert read["state"] == "ready"
    assert read["report"]["checks"][0]["check"] == "repeat"
    assert [one["id"] for one in lead.get(path).json()] == [asked["id"]]


def test_the_api_refuses_a_check_that_there_is_none_of(lead: Client, project: Project, version: JudgeVersion) -> None:
    response = lead.post(
        path_of("api-audits", project.slug, version.pk), '{"checks": ["charm"]}', content_type="application/json"
    )
    assert response.status_code == 400
    assert not Audit.objects.exists()
