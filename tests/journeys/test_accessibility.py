"""Every page as a browser, a keyboard and a screen reader meet it: WCAG 2.2 AA in every look that people may choose."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from annotations.choices import Role
from tests.doors import DOORS
from tests.journeys.crawl import crawl_without_scripts
from tests.journeys.states import NOT_OURS, STATES
from tests.journeys.visits import visit_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_that_doors_lead_to_is_visited() -> None:
    pages = {name for name, door in DOORS.items() if "get" in door.methods and door.is_page}
    assert pages - {state.page.route for state in STATES} == set(NOT_OURS)


def test_every_page_in_every_state_is_for_everybody(shop: str, browser: Browser) -> None:
    faults = visit_all(browser, shop, STATES)
    assert not faults, "\n".join(f"{check}: {fault}" for check, found in faults.items() for fault in found)


def test_without_scripts_every_link_leads_somewhere(shop: str, browser: Browser) -> None:
    for role in (Role.LEAD, Role.ANNOTATOR):
        visited, faults = crawl_without_scripts(browser, shop, role)
        assert not faults, "\n".join(faults)
        assert len(visited) > (15 if role is Role.ANNOTATOR else 50)
