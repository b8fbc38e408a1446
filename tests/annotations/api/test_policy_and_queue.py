from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotations.allocation import POLICY_FIELDS
from annotations.api.policies import SettingsSerializer
from annotations.choices import Role
from annotations.models import Draw, Project
from annotations.services.queue import claim_item, queue_items, submit_annotation
from tests.factories import make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/projects/tags/"


@pytest.fixture
def project() -> Project:
    project = make_project(slug="tags")
    make_items(project, 5, slices={"category": "boots"})
    make_items(project, 5, slices={"category": "tents"})
    return project


@pytest.fixture
def lead(project: Project) -> APIClient:
    client = APIClient()
    client.force_authenticate(make_member(project, Role.LEAD, name="lena"))
    return client


def test_every_setting_is_in_the_api() -> None:
    assert set(SettingsSerializer().fields) == set(POLICY_FIELDS)


def test_a_policy_is_read_and_changed_setting_by_setting(lead: APIClient, project: Project) -> None:
    assert lead.get(f"{ROOT}policy/").json()["settings"]["overlap"] == 1
    changed = lead.patch(f"{ROOT}policy/", {"overlap": 2, "order": "coverage", "slice_key": "category"}, format="json")
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    policy = project.current_policy()
    assert (policy.overlap, policy.order, policy.reveal_share) == (2, "coverage", 1)
    assert policy.created_by is not None
    assert policy.created_by.username == "lena"


def test_a_setting_that_cannot_be_is_refused_by_its_name_and_nothing_changes(lead: APIClient, project: Project) -> None:
    refused = lead.patch(f"{ROOT}policy/", {"blind_share": 0.5}, format="json")
    assert refused.status_code == 400
    assert list(refused.json()["settings"]) == ["blind_share"]
    assert project.policies.count() == 1


def test_a_preview_is_of_the_settings_in_the_request_and_changes_nothing(lead: APIClient, project: Project) -> None:
    asked = {"n": 4, "settings": {"overlap": 3, "slice_key": "category", "slice_least": 2}}
    found = lead.post(f"{ROOT}policy/preview/", asked, format="json").json()
    assert (found["n_drawn"], found["n_answers"]) == (4, 12)
    assert [(one["value"], one["n_drawn"]) for one in found["slices"]] == [("boots", 2), ("tents", 2)]
    assert found["modes"] == {"blind": 0, "reveal": 12, "assist": 0, "challenge": 0}
    refused = lead.post(f"{ROOT}policy/preview/", {**asked, "n": 3}, format="json")
    assert (refused.status_code, list(refused.json())) == (400, ["n"])
    assert (project.policies.count(), Draw.objects.count()) == (1, 0)


def test_items_are_drawn_and_the_draw_is_listed_and_repeated(lead: APIClient, project: Project) -> None:
    sent = lead.post(f"{ROOT}queue/draws/", {"n": 4, "seed": 5}, format="json")
    assert sent.status_code == 201
    chore = sent.json()
    assert (chore["action"], chore["state"], chore["created_by"]) == ("draw", "ready", "lena")
    draw = chore["draw"]
    assert (draw["n_drawn"], draw["n_added"], draw["seed"], draw["least_probability"], draw["drawn_by"]) == (
        4, 4, 5, 0.4, "lena",
    )  # fmt: skip
    assert [one["id"] for one in lead.get(f"{ROOT}queue/draws/").json()] == [draw["id"]]
    found = lead.get(f"{ROOT}queue/draws/{draw['id']}/").json()
    assert found == {**draw, "repeated": {"is_same": True, "n_drawn": 4, "n_found": 4}}


def test_a_draw_of_nothing_is_refused(lead: APIClient, project: Project) -> None:
    assert lead.post(f"{ROOT}queue/draws/", {"n": 0}, format="json").status_code == 400
    lead.patch(f"{ROOT}policy/", {"slice_key": "category", "slice_least": 4}, format="json")
    refused = lead.post(f"{ROOT}queue/draws/", {"n": 6}, format="json")
    assert refused.json() == {"n": "expected at least 8 items, for 4 of each of 2 slice values, got 6"}
    assert not Draw.objects.exists()


def test_the_queue_says_how_it_is_doing(lead: APIClient, project: Project) -> None:
    queue_items(project=project)
    turn = claim_item(project=project, rater=make_rater(project, name="ana"))
    assert turn is not None
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 0))
    found = lead.get(f"{ROOT}queue/", {"slice": "category"}).json()
    assert found["items"] == {"waiting": 9, "in_hand": 0, "stuck": 0, "complete": 1}
    assert found["n_wanted"] == 10
    assert [(one["name"], one["turns"]["done"]) for one in found["people"]] == [("ana", 1)]
    assert sorted(one["value"] for one in found["slices"]) == ["boots", "tents"]
    assert found["forecast"]["days"] is None
