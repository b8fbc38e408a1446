"""Reviewing in Chinese: what the server says, and what the scripts of the page say with the server's words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from annotations.models import Judgement, User
from tests.journeys.conftest import sign_in
from tests.journeys.test_review import tags_to_review

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def two_languages(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]


def reads_chinese(user: User) -> User:
    user.language = "zh-hans"
    user.save(update_fields=["language"])
    return user


def test_items_are_reviewed_in_chinese(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, reads_chinese(user))
    page.goto(f"/p/{project.slug}/review/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_text("0 今日")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#review-said")).to_contain_text("尚未选择：")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("已保存")
    expect(page.locator(".finished")).to_contain_text("有分歧： Validity")
    expect(page.locator("#comparison h2")).to_contain_text("您的上一个答案：")
    page.keyboard.press("k")
    expect(page.locator(".finished__saved")).to_have_text("已保留")
    page.keyboard.press("s")
    expect(page.get_by_role("group", name="为什么跳过此条目？")).to_be_visible()
    expect(page.get_by_label("现有内容不足以判断")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="全部完成")).to_be_visible()
    page.get_by_role("link", name="我的工作").last.click()
    expect(page.get_by_text("已判断 2 个条目，今日 2 个")).to_be_visible()
    page.get_by_role("link", name=re.compile("^修改")).first.click()
    expect(page.get_by_role("button", name="保存修改")).to_be_visible()
    assert Judgement.objects.filter(rater__user=user).count() == 2


def test_two_annotators_each_read_their_own_language(page: Page) -> None:
    """The criteria are kept between requests; what is kept for one language is not shown in the other."""
    project, english = tags_to_review(1)
    sign_in(page, english)
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_label("Definition of Validity")).to_be_visible()
    reads_chinese(english)
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_label("Validity 的定义")).to_be_visible()
