"""Every address, tried by every role, an outsider and someone not signed in.

The table is checked against the URLconf: an address that is not in it fails, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from annotations.choices import Role
from annotations.models import Project, User
from annotations.permissions import CAPABILITIES, Capability
from annotations.services.guidelines import add_guideline_version
from annotations.services.people import invite
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from annotations.services.tokens import create_token
from models_llm.choices import Shape
from models_llm.datasets import Query
from models_llm.models import Run, Verdict
from models_llm.services.builds import build_dataset, request_dataset
from tests.factories import judge_item, make_items, make_member, make_project, make_user
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db

ACCOUNTS = "account/"
"""Where allauth's own addresses stand; its pages are tried in test_sign_in."""


@dataclass(frozen=True)
class Door:
    """Who may come in.

    Attributes:
        to: a capability in the project, or anyone at all, whoever is signed in, or staff.
        is_of_others: even members with the capability see 404, because the thing belongs to someone else.
    """

    to: Capability | Literal["anyone", "signed in", "staff"]
    method: Literal["get", "post"] = "get"
    is_of_others: bool = False


DOORS = {
    "projects": Door("signed in"),
    "overview": Door(Capability.VIEW_PROJECT),
    "api-schema": Door("signed in"),
    "api-docs": Door("signed in"),
    "healthz": Door("anyone"),
    # one's own account
    "annotations:me": Door("signed in"),
    "annotations:theme": Door("anyone", "post"),
    "annotations:add-token": Door("signed in", "post"),
    "annotations:drop-token": Door("signed in", "post"),
    # projects and their words
    "annotations:create-project": Door("staff"),
    "annotations:settings": Door(Capability.MANAGE_PROJECT),
    "annotations:rubric": Door(Capability.VIEW_PROJECT),
    "annotations:rubric-version": Door(Capability.VIEW_PROJECT),
    "annotations:rubric-yaml": Door(Capability.VIEW_PROJECT),
    "annotations:new-rubric": Door(Capability.EDIT_WORDS),
    "annotations:guidelines": Door(Capability.VIEW_PROJECT),
    "annotations:guidelines-version": Door(Capability.VIEW_PROJECT),
    "annotations:edit-guidelines": Door(Capability.EDIT_WORDS),
    # items
    "annotations:items": Door(Capability.VIEW_JUDGEMENTS),
    "annotations:item": Door(Capability.VIEW_JUDGEMENTS),
    # people
    "annotations:people": Door(Capability.VIEW_PROJECT),
    "annotations:set-role": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:drop-member": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:add-invitation": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:drop-invitation": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:invitation": Door("anyone"),
    "annotations:accept-invitation": Door("signed in", "post"),
    # imports
    "annotations:imports": Door(Capability.IMPORT),
    "annotations:import": Door(Capability.IMPORT),
    "annotations:refusals-csv": Door(Capability.IMPORT),
    # agreement
    "annotations:agreement": Door(Capability.VIEW_JUDGEMENTS),
    # review
    "annotations:review": Door(Capability.REVIEW),
    "annotations:submit": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:skip": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:my-work": Door(Capability.REVIEW),
    "annotations:revise": Door(Capability.REVIEW, is_of_others=True),
    "annotations:queue": Door(Capability.MANAGE_PROJECT),
    # judges
    "models_llm:judges": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:judge": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:fit-baseline": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:add-served": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:runs": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:run": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:start-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:change-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:verdict": Door(Capability.VIEW_JUDGEMENTS),
    # data sets
    "models_llm:datasets": Door(Capability.EXPORT),
    "models_llm:dataset": Door(Capability.EXPORT),
    "models_llm:download-dataset": Door(Capability.EXPORT),
    "models_llm:download-dataset-file": Door(Capability.EXPORT),
    # API
    "annotations:api-next": Door(Capability.REVIEW, "post"),
    "annotations:api-submit": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-skip": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-items": Door(Capability.IMPORT, "post"),
    "annotations:api-judgements": Door(Capability.IMPORT, "post"),
    "annotations:api-agreement": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:api-judges": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:api-judge": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:api-runs": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:api-run": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:api-change-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:api-datasets": Door(Capability.EXPORT),
    "models_llm:api-dataset": Door(Capability.EXPORT),
    "models_llm:api-download-dataset": Door(Capability.EXPORT),
    "annotations:api-projects": Door("signed in"),
    "annotations:api-project": Door(Capability.VIEW_PROJECT),
}


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Names and patterns of all addresses but allauth's."""

    def walk(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                if str(entry.pattern) != ACCOUNTS:
                    yield from walk(entry, f"{entry.namespace}:" if entry.namespace else namespace)
            else:
                yield f"{namespace}{entry.name}", entry

    return walk(get_resolver(), "")


PATTERNS = dict(addresses())


@pytest.fixture
def things(tmp_path: Path, settings: Settings) -> dict[str, Any]:
    """A project with one of everything that addresses name."""
    settings.EXPORT_ROOT = tmp_path
    project = make_project(slug="tags")
    lead = make_member(project, Role.LEAD)
    annotator = make_member(project, Role.ANNOTATOR)
    [item] = make_items(project, 1)
    queue_items(project=project, n=1)
    turn = claim_item(project=project, rater=rater_of(project=project, user=annotator))
    assert turn is not None
    version = scripted_version(project)
    run = Run.objects.create(judge_version=version, n_items=1)
    judgement = judge_item(version.rater, item, (0, 0))
    Verdict.objects.create(judgement=judgement, run=run)
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    build_dataset(dataset_id=dataset.pk)
    invitation, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=1)
    add_guideline_version(project=project, text="Read the evidence first.")
    return {
        "slug": project.slug,
        "version": 1,
        "item_id": item.pk,
        "batch_id": item.batch_id,
        "member_id": project.memberships.get(user=annotator).pk,
        "invitation_id": invitation.pk,
        "secret": secret,
        "assignment_id": turn.pk,
        "judgement_id": judgement.pk,
        "version_id": version.pk,
        "run_id": run.pk,
        "action": "pause",
        "dataset_id": dataset.pk,
        "path": "manifest.json",
        "token_id": create_token(user=make_user(), name="another's")[0].pk,
    }


def knock(client: Client, name: str, things: dict[str, Any]) -> int:
    wanted = PATTERNS[name].pattern.converters
    url = reverse(name, kwargs={key: things[key] for key in wanted})
    return getattr(client, DOORS[name].method)(url).status_code


def test_every_address_is_in_the_table_and_nothing_else() -> None:
    assert set(PATTERNS) == set(DOORS)


def expected(door: Door, who: Role | str) -> int | None:
    """The status that keeps them out; None where they come in."""
    if door.to == "anyone" or (door.to == "signed in" and who != "nobody"):
        return None
    if who == "nobody":
        return 302
    if door.to == "staff":
        return None if who == "staff" else 403
    if not isinstance(who, Role):
        return 404
    if door.to not in CAPABILITIES[who]:
        return 403
    return 404 if door.is_of_others else None


@pytest.mark.parametrize("name", DOORS)
def test_everyone_meets_the_door_that_the_table_names(client: Client, name: str, things: dict[str, Any]) -> None:
    door = DOORS[name]
    project = Project.objects.get(slug=things["slug"])
    people: dict[Role | str, User | None] = {
        "nobody": None,
        "outsider": make_user(),
        "staff": make_user(is_staff=True, is_superuser=True),
        **{role: make_member(project, role) for role in Role},
    }
    wrong = {}
    for who, user in people.items():
        client.logout()
        if user is not None:
            client.force_login(user)
        status = knock(client, name, things)
        out = expected(door, who)
        if name.startswith(("annotations:api-", "models_llm:api-", "api-schema")) and out == 302:
            out = 401
        if status != out if out is not None else status in (401, 403, 404) or status >= 500:
            wrong[who] = (status, out)
    assert not wrong
