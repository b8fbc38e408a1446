"""Signing in and out, and what keeps guessers away."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth as totp_auth
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from judge_platform import settings as configured
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()


def sign_in(client: Client, name: str, password: str) -> int:
    return client.post("/account/login/", {"login": name, "password": password}).status_code


def test_someone_signs_in_and_out(client: Client) -> None:
    make_user("ines")
    assert sign_in(client, "ines", "correct horse") == 302
    assert client.get("/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/").headers["Location"] == "/account/login/?next=/"


def test_a_wrong_password_says_so_and_keeps_the_name(client: Client) -> None:
    make_user("ines")
    page = client.post("/account/login/", {"login": "ines", "password": "wrong"})
    assert 'value="ines"' in page.text
    assert "not correct" in page.text


def test_the_sixth_wrong_password_in_five_minutes_is_not_even_tried(client: Client) -> None:
    make_user("ines")
    for _ in range(5):
        sign_in(client, "ines", "wrong")
    page = client.post("/account/login/", {"login": "ines", "password": "correct horse"})
    assert "Too many failed login attempts" in page.text
    assert client.get("/").status_code == 302


def test_a_password_is_changed_by_whoever_knows_it(client: Client) -> None:
    user = make_user("ines")
    client.force_login(user)
    new = {"oldpassword": "correct horse", "password1": "battery staple 9", "password2": "battery staple 9"}
    assert client.post("/account/password/change/", {**new, "oldpassword": "guess"}).status_code == 200
    assert client.post("/account/password/change/", new).status_code == 302
    user.refresh_from_db()
    assert user.check_password("battery staple 9")


@pytest.mark.parametrize(
    "url",
    [
        "/account/login/",
        "/account/signup/",
        "/account/password/reset/",
        "/account/password/change/",
        "/account/logout/",
        "/account/2fa/",
        "/account/2fa/totp/activate/",
        "/account/reauthenticate/",
        "/account/inactive/",
    ],
)
def test_every_page_of_accounts_stands_in_our_frame_and_policy(client: Client, url: str) -> None:
    if url not in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        client.force_login(make_user())
    page = client.get(url, follow=True)
    assert page.status_code == 200
    assert 'class="topbar"' in page.text
    for forbidden in ("<style", "style=", "<script>", "onclick="):
        assert forbidden not in page.text


def test_a_code_is_asked_of_whoever_set_up_an_authenticator(client: Client) -> None:
    user = make_user("ines")
    secret = totp_auth.generate_totp_secret()
    totp_auth.TOTP.activate(user, secret)
    assert client.post("/account/login/", {"login": "ines", "password": "correct horse"}).headers["Location"] == (
        "/account/2fa/authenticate/"
    )
    assert "One more step" in client.get("/account/2fa/authenticate/").text
    assert client.get("/").status_code == 302
    code = totp_auth.format_hotp_value(totp_auth.hotp_value(secret, next(totp_auth.yield_hotp_counters_from_time())))
    client.post("/account/2fa/authenticate/", {"code": code})
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("url", ["/account/password/reset/", "/account/email/"])
def test_asking_for_mail_on_a_server_that_sends_none_breaks_nothing(
    client: Client, settings: Settings, url: str
) -> None:
    settings.EMAIL_BACKEND = configured.EMAIL_BACKEND  # the test runner puts its own in place
    client.force_login(make_user())
    answer = client.post(url, {"email": "ines@example.org", "action_add": "1"}, follow=True)
    assert answer.status_code == 200
