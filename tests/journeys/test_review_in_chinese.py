"""Working in Chinese, chosen as a person chooses it: what the server says, and what scripts say with its words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Role
from annotations.models import Judgement, User
from annotations.services.rubrics import add_rubric_version
from tests.factories import make_member, rubric_spec
from tests.journeys.conftest import NewContext, sign_in
from tests.journeys.test_review import tags_to_review
from tests.journeys.test_review_network import wait_for_the_item_ahead
from tests.languages.latin import content_of_users, english_left

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose_chinese(page: Page) -> None:
    """By the switch of whatever page is open: in one's own menu, or beside it for who is not signed in."""
    page.locator("[popovertarget=user-menu], [popovertarget=language-menu]").first.click()
    page.get_by_role("button", name="简体中文", exact=True).last.click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def expect_no_english(page: Page) -> None:
    """Nothing of ours, shown or read aloud, is an English sentence by now."""
    assert english_left(page.content(), content_of_users()) == [], page.url


def test_items_are_reviewed_in_chinese(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, user)
    choose_chinese(page)
    user.refresh_from_db()
    assert user.language == "zh-hans"
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_text("0 今日")).to_be_visible()
    expect_no_english(page)
    page.keyboard.press("Enter")
    expect(page.locator("#review-said")).to_contain_text("尚未选择：")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("已保存")
    expect(page.locator(".finished")).to_contain_text("有分歧： Validity")
    expect(page.locator("#comparison h2")).to_contain_text("您的上一个答案：")
    expect_no_english(page)
    page.keyboard.press("k")
    expect(page.locator(".finished__saved")).to_have_text("已保留")
    page.keyboard.press("s")
    expect(page.get_by_role("group", name="为什么跳过此条目？")).to_be_visible()
    expect(page.get_by_label("现有内容不足以判断")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="全部完成")).to_be_visible()
    expect_no_english(page)
    page.get_by_role("link", name="我的工作").last.click()
    expect(page.get_by_text("已判断 2 个条目，今日 2 个")).to_be_visible()
    expect_no_english(page)
    page.get_by_role("link", name=re.compile("^修改")).first.click()
    expect(page.get_by_role("button", name="保存修改")).to_be_visible()
    expect_no_english(page)
    assert Judgement.objects.filter(rater__user=user).count() == 2


def test_an_answer_that_is_refused_is_refused_in_chinese(new_context: NewContext) -> None:
    project, user = tags_to_review(2)
    page = new_context().new_page()
    sign_in(page, user)
    choose_chinese(page)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    add_rubric_version(project=project, spec=rubric_spec(n_criteria=3))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("未保存")
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_role("alert").first).to_contain_text("您处理此条目期间，评分标准有更新。没有保存任何内容。")
    expect_no_english(page)
    assert Judgement.objects.filter(rater__user=user).count() == 0


def test_a_lead_works_in_chinese(new_context: NewContext) -> None:
    project, _ = tags_to_review(3)
    lead = make_member(project, Role.LEAD)
    page = new_context().new_page()
    page.goto("/account/login/")
    choose_chinese(page)
    expect_no_english(page)
    sign_in(page, lead)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    for place in ("", "items/", "queue/", "people/", "agreement/", "judges/", "runs/", "policy/"):
        page.goto(f"/p/{project.slug}/{place}")
        expect_no_english(page)
    page.get_by_label("每个条目的人数").fill("4")
    page.get_by_label("部分条目的人数").fill("3")
    page.get_by_role("button", name="设为当前策略").click()
    expect(page.locator(".errorlist").first).to_have_text("要求：大于重叠数 4，且不超过 50；实际：3")
    expect_no_english(page)
    assert project.policies.count() == 1


def test_the_language_is_chosen_without_javascript(new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/account/login/")
    choose_chinese(page)
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.locator("[popovertarget=language-menu]").click()
    page.get_by_role("button", name="English", exact=True).last.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_two_annotators_each_read_their_own_language(page: Page) -> None:
    """The criteria are kept between requests; what is kept for one language is not shown in the other."""
    project, english = tags_to_review(1)
    sign_in(page, english)
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_label("Definition of Validity")).to_be_visible()
    User.objects.filter(pk=english.pk).update(language="zh-hans")
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_label("Validity 的定义")).to_be_visible()
