"""Every page in Simplified Chinese, in the demonstration in small: none shows an English sentence of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.models import User
from tests.languages.latin import content_of_users, english_left
from tests.screenshots.pages import PAGES
from tests.screenshots.rows import path_of

pytestmark = [pytest.mark.django_db(transaction=True)]

NOT_OURS = ("api-docs",)
"""Pages whose words come from elsewhere."""


@pytest.mark.usefixtures("shop")
def test_no_page_shows_an_english_sentence_of_ours() -> None:
    User.objects.update(language="zh-hans")
    left: list[str] = []
    for page in (page for page in PAGES if page.route not in NOT_OURS):
        client = Client(headers={"Accept-Language": "zh-CN"})
        if page.viewer:
            client.force_login(User.objects.get(username=page.viewer))
        path = path_of(page)
        answer = client.get(path)
        assert answer.status_code == page.status, path
        assert '<html lang="zh-hans"' in answer.text, path
        left += [f"{path}: {sentence}" for sentence in english_left(answer.text, content_of_users())]
    assert left == []
