"""One's own account."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotations.services.tokens import create_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_and_works(client: Client) -> None:
    client.force_login(make_user())
    page = client.post("/me/tokens/", {"name": "weekly export"})
    [text] = re.findall(r"jp_[\w-]{43}", page.text)
    assert "no-store" in page.headers["Cache-Control"]
    again = client.get("/me/").text
    assert text not in again
    assert "weekly export" in again
    assert Client().get("/api/v1/projects/", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_revoked_token_is_gone_from_the_page_and_refused(client: Client) -> None:
    user = make_user()
    token, text = create_token(user=user, name="weekly export")
    client.force_login(user)
    client.post(f"/me/tokens/{token.pk}/revoke/")
    assert "weekly export" not in client.get("/me/").text
    assert Client().get("/api/v1/projects/", headers={"Authorization": f"Bearer {text}"}).status_code == 401


def test_a_token_of_another_is_not_revoked(client: Client) -> None:
    token, _ = create_token(user=make_user(), name="theirs")
    client.force_login(make_user())
    client.post(f"/me/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_name_is_changed(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    client.post("/me/", {"display_name": "Ling Zhao", "theme": "dark"})
    user.refresh_from_db()
    assert (user.name, user.theme) == ("Ling Zhao", "dark")


def test_a_token_needs_a_name(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    assert client.post("/me/tokens/", {"name": ""}).status_code == 422
    assert not user.api_tokens.exists()
