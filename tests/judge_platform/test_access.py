"""Every address, tried by every role, an outsider, staff and someone not signed in.

The table is checked against the URLconf: an address that is not in it fails, so that none is forgotten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from django.test import Client
from pytest_django import Settings

from annotations.choices import Role
from annotations.models import Project, User
from annotations.permissions import CAPABILITIES
from tests.doors import DOORS, PATTERNS, Door, Method, To, address, make_things
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def things(tmp_path: Path, settings: Settings) -> dict[str, Any]:
    settings.EXPORT_ROOT = tmp_path
    return make_things()


def knock(client: Client, name: str, method: Method, things: dict[str, Any]) -> int:
    return getattr(client, method)(address(name, things)).status_code


def test_every_address_is_in_the_table_and_nothing_else() -> None:
    assert set(PATTERNS) == set(DOORS)


def expected(door: Door, to: To, who: Role | str) -> int | None:
    """The status that keeps them out; None where they come in."""
    if to == "anyone" or (to == "signed in" and who != "nobody"):
        return None
    if who == "nobody":
        return 302
    if to == "staff":
        return None if who == "staff" else 403
    if not isinstance(who, Role):
        return 404
    if to not in CAPABILITIES[who]:
        return 404 if door.is_of_turns else 403
    return 404 if door.is_of_others else None


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, door in DOORS.items() for method in door.methods]
)
def test_everyone_meets_the_door_that_the_table_names(
    client: Client, name: str, method: Method, things: dict[str, Any]
) -> None:
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
        status = knock(client, name, method, things)
        out = expected(door, door.methods[method], who)
        if name.startswith(("annotations:api-", "models_llm:api-", "api-schema")) and out == 302:
            out = 401
        if status != out if out is not None else status in (401, 403, 404) or status >= 500:
            wrong[who] = (status, out)
    assert not wrong


def test_no_address_takes_a_method_that_the_table_does_not_name(client: Client, things: dict[str, Any]) -> None:
    lead = make_member(Project.objects.get(slug=things["slug"]), Role.LEAD)
    User.objects.filter(pk=lead.pk).update(is_staff=True)
    client.force_login(lead)
    taken = {
        (name, method)
        for name, door in DOORS.items()
        for method in get_args(Method)
        if method not in door.methods and knock(client, name, method, things) != 405
    }
    assert taken == set()
