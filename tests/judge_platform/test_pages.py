"""The page of projects and the page of one project."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.choices import BatchState, QueueState, Role
from annotations.models import Batch, Item, Membership, Project, QueuedItem
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from tests.factories import make_items, make_member, make_project, make_user
from tests.models_llm.services.judged_projects import run_without_shards, scripted_version

pytestmark = pytest.mark.django_db


def queue(items: list[Item]) -> None:
    for position, item in enumerate(items):
        QueuedItem.objects.create(
            item=item,
            project=item.project,
            policy=item.project.current_policy(),
            position=position,
            overlap=1,
            state=QueueState.OPEN,
            probability=1,
        )


def import_of(project: Project, state: BatchState, n_items: int = 0) -> None:
    Batch.objects.create(project=project, kind="items", state=state, source_name="items.jsonl", n_items=n_items)


def test_someone_in_no_project_is_told_how_to_get_into_one(client: Client) -> None:
    client.force_login(make_user())
    page = client.get("/").text
    assert "ask a lead of the project for an invitation" in page
    assert "Create project" not in page


def test_staff_in_no_project_are_told_how_to_make_one(client: Client) -> None:
    client.force_login(make_user(is_staff=True))
    page = client.get("/").text
    assert "/projects/new/" in page
    assert "make demo" in page


def test_only_ones_own_projects_are_there(client: Client) -> None:
    client.force_login(make_member(make_project(name="Mine")))
    make_project(name="Theirs")
    page = client.get("/").text
    assert "Mine" in page
    assert "Theirs" not in page


def test_an_annotator_sees_what_waits_and_nothing_of_imports(client: Client) -> None:
    project = make_project(slug="tags")
    queue(make_items(project, 3))
    import_of(project, BatchState.FAILED)
    client.force_login(make_member(project))
    page = client.get("/").text
    assert '<a href="/p/tags/review/">3 items to review</a>' in page
    assert "failed" not in page


def test_items_that_someone_has_had_wait_for_others_only(client: Client) -> None:
    project = make_project(slug="tags", overlap=2)
    make_items(project, 3)
    queue_items(project=project)
    first, second = make_member(project), make_member(project)
    assert claim_item(project=project, rater=rater_of(project=project, user=first)) is not None
    client.force_login(first)
    page = client.get("/").text
    assert "1 item held by you" in page
    assert "2 items to review" in page
    client.force_login(second)
    assert "3 items to review" in client.get("/").text


def test_a_trainer_sees_what_is_at_work_and_what_failed_and_no_queue(client: Client) -> None:
    project = make_project(slug="tags")
    queue(make_items(project, 3))
    import_of(project, BatchState.FAILED)
    import_of(project, BatchState.RUNNING)
    client.force_login(make_member(project, Role.TRAINER))
    page = client.get("/").text
    assert "1 import failed" in page
    assert "1 import at work" in page
    assert "to review" not in page


def test_the_page_costs_the_same_with_2_and_20_projects(client: Client) -> None:
    user = make_user()
    client.force_login(user)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    for _ in range(2):
        Membership.objects.create(project=make_project(), user=user, role=Role.LEAD)
    at_2 = n_queries()
    for _ in range(18):
        Membership.objects.create(project=make_project(), user=user, role=Role.LEAD)
    assert n_queries() == at_2


def test_a_project_costs_the_same_with_2_and_20_runs(client: Client) -> None:
    project = make_project(slug="tags")
    version = scripted_version(project)
    client.force_login(make_member(project, Role.LEAD))

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/p/tags/").status_code == 200
        return len(queries)

    for _ in range(2):
        run_without_shards(version, n_items=10)
    at_2 = n_queries()
    for _ in range(18):
        run_without_shards(version, n_items=10)
    assert n_queries() == at_2


def test_a_lead_sees_which_steps_are_done(client: Client) -> None:
    project = make_project(slug="tags")
    import_of(project, BatchState.COMPLETE, n_items=12)
    client.force_login(make_member(project, Role.LEAD))
    page = client.get("/p/tags/").text
    done = page.count("step--done")
    assert done == 1
    assert "python manage.py run_judge --project tags" in page


def test_an_annotator_sees_no_steps_of_others(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project))
    page = client.get("/p/tags/").text
    assert "run_judge" not in page
    assert "/p/tags/settings/" not in page
    assert "/p/tags/items/" not in page


def test_names_are_shown_as_text(client: Client) -> None:
    nasty = "<script>alert(1)</script>"
    project = make_project(slug="tags", name=nasty, description=nasty)
    user = make_member(project, Role.LEAD)
    user.display_name = nasty
    user.save(update_fields=["display_name"])
    client.force_login(user)
    for url in ("/", "/p/tags/", "/p/tags/people/", "/p/tags/settings/", "/me/"):
        page = client.get(url).text
        assert nasty not in page
        assert "&lt;script&gt;alert(1)" in page
