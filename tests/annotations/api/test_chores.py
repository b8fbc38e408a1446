"""What is about many items over the API: asked for with 202, polled, cancelled."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotations.choices import Role
from annotations.models import Project, QueuedItem
from annotations.services.chores import asking, do_chore
from tests.factories import make_items, make_member, make_project

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/projects/tags/"


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    project = make_project(slug="tags")
    make_items(project, 3)
    return project


@pytest.fixture
def lead(project: Project) -> APIClient:
    client = APIClient()
    client.force_authenticate(make_member(project, Role.LEAD, name="lena"))
    return client


def test_a_change_is_polled_until_it_is_done(lead: APIClient, project: Project) -> None:
    sent = lead.post(f"{ROOT}items/act/", {"action": "queue", "filter": "", "n_agreed": 3}, format="json")
    assert sent.status_code == 202
    body = sent.json()
    assert (body["n_chosen"], body["n_changed"], body["chore"]["state"]) == (None, 0, "waiting")
    poll = body["chore"]["poll"]
    assert lead.get(poll).json() == body["chore"]
    do_chore(chore_id=body["chore"]["id"])
    done = lead.get(poll).json()
    assert (done["state"], done["n_chosen"], done["n_items"], done["n_done"]) == ("ready", 3, 3, 3)
    assert done["n_changed"] == 3
    assert done["draw"]["n_added"] == 3
    assert [one["id"] for one in lead.get(f"{ROOT}chores/").json()] == [done["id"]]


def test_a_draw_is_cancelled(lead: APIClient, project: Project) -> None:
    sent = lead.post(f"{ROOT}queue/draws/", {"n": 2}, format="json")
    assert (sent.status_code, sent.json()["draw"]) == (202, None)
    ended = lead.post(f"{sent.json()['poll']}cancel/")
    assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    assert not do_chore(chore_id=sent.json()["id"])
    assert not QueuedItem.objects.exists()
