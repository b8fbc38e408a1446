"""One's own keys of the review page over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.forms.keys import DEFAULT_KEYS
from annotations.models import User
from annotations.services.keys import bind_keys
from annotations.services.tokens import create_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/me/keys/"
JSON = "application/json"


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def program(user: User) -> Client:
    _, text = create_token(user=user, name="a program")
    return Client(headers={"authorization": f"Bearer {text}"})


def bound(user: User) -> tuple[dict[str, str], bool | None]:
    user.refresh_from_db()
    return user.review_keys, user.submits_alone


def test_keys_are_read_with_the_usual_ones_where_none_is_bound(program: Client, user: User) -> None:
    assert program.get(ADDRESS).json() == {"keys": DEFAULT_KEYS, "submits_alone": None}
    bind_keys(user=user, keys={"skip": "x"}, submits_alone=True)
    assert program.get(ADDRESS).json() == {"keys": {**DEFAULT_KEYS, "skip": "x"}, "submits_alone": True}


def test_new_keys_take_the_place_of_all_that_were_bound(program: Client, user: User) -> None:
    bind_keys(user=user, keys={"skip": "x"}, submits_alone=True)
    answer = program.put(ADDRESS, {"keys": {"undo": "U", "skip": "s"}}, JSON)
    assert answer.json() == {"keys": {**DEFAULT_KEYS, "undo": "u"}, "submits_alone": None}
    assert bound(user) == ({"undo": "u"}, None)


def test_keys_are_reset(program: Client, user: User) -> None:
    bind_keys(user=user, keys={"skip": "x"}, submits_alone=False)
    assert program.delete(ADDRESS).status_code == 204
    assert bound(user) == ({}, None)


@pytest.mark.parametrize(
    ("given", "action", "words"),
    [
        ({"keys": {"skip": "1"}}, "skip", "digits choose levels"),
        ({"keys": {"skip": "f"}}, "skip", "stands for"),
        ({"keys": {"skip": "xy"}}, "skip", "no more than 1 character"),
        ({"keys": {"dance": "x"}}, "dance", "expected an action of all_pass, skip"),
    ],
)
def test_what_cannot_be_bound_is_refused_and_nothing_changed(
    program: Client, user: User, given: dict[str, Any], action: str, words: str
) -> None:
    bind_keys(user=user, keys={"undo": "u"}, submits_alone=None)
    answer = program.put(ADDRESS, given, JSON)
    assert answer.status_code == 400
    assert words in " ".join(answer.json()["keys"][action])
    assert bound(user) == ({"undo": "u"}, None)


@pytest.mark.parametrize("given", [{}, {"keys": ["x"]}, {"keys": {}, "submits_alone": "perhaps"}])
def test_what_is_no_binding_is_refused(program: Client, given: dict[str, Any]) -> None:
    assert program.put(ADDRESS, given, JSON).status_code == 400


def test_everybody_has_keys_of_their_own(program: Client) -> None:
    other = make_user()
    program.put(ADDRESS, {"keys": {"skip": "x"}}, JSON)
    assert bound(other) == ({}, None)
