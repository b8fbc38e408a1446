"""Every page, as a browser and a screen reader meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django import Settings

from annotations.models import User
from tests.doors import DOORS, address, make_things
from tests.journeys.conftest import DESK, PHONE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [name for name, door in DOORS.items() if door.method == "get" and door.is_page and not door.is_of_others]
FAULTS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (e) => e.ariaLabel || e.getAttribute("aria-labelledby") || e.textContent.trim();
  const labelled = (e) => e.labels.length || e.ariaLabel || e.getAttribute("aria-labelledby");
  const ids = all("[id]").map((e) => e.id);
  return {
    headings: all("h1").length === 1 ? [] : all("h1").map((e) => e.textContent),
    mains: all("main").length === 1 ? [] : ["expected one main"],
    nameless: all("button, a, summary").filter((e) => !named(e)).map((e) => e.outerHTML),
    unlabelled: all("input:not([type=hidden]), select, textarea").filter((e) => !labelled(e)).map((e) => e.outerHTML),
    repeated: ids.filter((id, at) => ids.indexOf(id) !== at),
    wide: document.documentElement.scrollWidth > innerWidth ? [document.documentElement.scrollWidth] : [],
  };
}"""


@pytest.fixture
def things(tmp_path: Path, settings: Settings) -> dict[str, Any]:
    settings.EXPORT_ROOT = tmp_path
    return make_things()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_are_named_fit_their_screen_and_break_no_policy(
    page: Page, things: dict[str, Any], viewport: Any
) -> None:
    """The console stays silent: it would tell of any style or script that the policy refused."""
    lead = User.objects.get(memberships__role="lead")
    User.objects.filter(pk=lead.pk).update(is_staff=True)
    page.set_viewport_size(viewport)
    sign_in(page, lead)
    faults = {}
    for name in PAGES:
        if name != "api-docs":  # a page of its own making
            page.goto(address(name, things))
            found = {fault: where for fault, where in page.evaluate(FAULTS).items() if where}
            if found:
                faults[name] = found
    assert faults == {}
