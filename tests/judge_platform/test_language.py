"""The language of the pages: chosen by hand, kept with the user, offered where there is a choice."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_language_is_kept_for_the_user_on_every_machine(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    assert client.post("/me/language/", {"language": "zh-hans", "next": "/me/"}).headers["Location"] == "/me/"
    user.refresh_from_db()
    assert user.language == "zh-hans"
    elsewhere = Client(headers={"Accept-Language": "en"})
    elsewhere.force_login(user)
    page = elsewhere.get("/")
    assert '<html lang="zh-hans" dir="ltr"' in page.text
    assert page.headers["Content-Language"] == "zh-hans"


def test_a_language_is_kept_before_sign_in(client: Client) -> None:
    client.post("/me/language/", {"language": "zh-hans"})
    assert 'lang="zh-hans"' in client.get("/account/login/").text


def test_without_a_choice_the_browser_says_the_language() -> None:
    client = Client(headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert '<html lang="zh-hans"' in client.get("/account/login/").text


def test_each_language_is_offered_in_its_own_words(client: Client) -> None:
    page = client.get("/account/login/").text
    assert '<button name="language" value="zh-hans" lang="zh-hans" aria-pressed="false">简体中文</button>' in page
    assert '<button name="language" value="en" lang="en" aria-pressed="true">English</button>' in page


def test_who_is_signed_in_finds_the_languages_on_every_page(client: Client) -> None:
    client.force_login(make_user())
    for address in ("/", "/me/"):
        assert '<button name="language" value="zh-hans" lang="zh-hans"' in client.get(address).text


def test_the_choice_leads_back_to_where_it_was_made(client: Client) -> None:
    client.force_login(make_user())
    answer = client.post("/me/language/", {"language": "zh-hans", "next": "/me/?from=here"}, follow=True)
    assert answer.redirect_chain == [("/me/?from=here", 302)]
    assert '<html lang="zh-hans"' in answer.text


def test_a_choice_outlasts_the_sign_out(client: Client) -> None:
    client.force_login(make_user())
    client.post("/me/language/", {"language": "zh-hans"})
    client.logout()
    assert 'lang="zh-hans"' in client.get("/account/login/").text


def test_one_language_is_no_choice(client: Client, settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English")]
    assert 'name="language"' not in client.get("/account/login/").text


def test_a_page_from_right_to_left_says_so(client: Client, settings: Settings) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Arabic")]
    client.post("/me/language/", {"language": "ar"})
    assert '<html lang="ar" dir="rtl"' in client.get("/account/login/").text


def test_a_language_that_is_not_offered_is_refused(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    assert client.post("/me/language/", {"language": "xx"}).status_code == 400
    user.refresh_from_db()
    assert user.language == ""


def test_a_language_that_is_no_longer_offered_gives_way(client: Client, settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English")]
    client.force_login(make_user(language="zh-hans"))
    assert '<html lang="en"' in client.get("/").text


def test_the_language_form_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/me/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
