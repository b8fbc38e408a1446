"""Every kind of page that links lead to, from a project on, in a browser that runs no scripts."""

from __future__ import annotations

from collections import deque
from typing import Final
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page

from annotations.choices import Role
from annotations.models import User
from tests.doors import DOORS
from tests.journeys.conftest import state_of_session
from tests.journeys.visits import CHECKS
from tests.screenshots.pages import TAGS

LINKS: Final = "() => [...document.querySelectorAll('a[href], form[method=get]')].map(e => e.href || e.action)"

Kind = tuple[str, frozenset[str]]
"""Name of an address and of what stands after its question mark: one of a kind is looked at."""


def crawl_without_scripts(browser: Browser, address: str, role: Role) -> tuple[set[Kind], list[str]]:
    """Kinds of addresses that were visited, and what was wrong there."""
    state = state_of_session(browser, address, User.objects.get(username=role))
    context = browser.new_context(base_url=address, storage_state=state, java_script_enabled=False)
    page = context.new_page()
    seen: set[Kind] = set()
    faults: list[str] = []
    waiting = deque([f"{address}/p/{TAGS}/"])  # one that has something of everything
    while waiting:
        url = urldefrag(waiting.popleft()).url
        if urlsplit(url).netloc != urlsplit(address).netloc:
            continue
        kind = _kind_of(url)
        if kind is None:
            faults.append(f"{url} is no address of ours")
        elif kind not in seen:
            seen.add(kind)
            faults += _look_at(page, context, url, kind)
            waiting += [urljoin(page.url, link) for link in page.evaluate(LINKS)]
    context.close()
    return seen, faults


def _kind_of(url: str) -> Kind | None:
    parts = urlsplit(url)
    try:
        return resolve(parts.path).view_name, frozenset(parse_qs(parts.query, keep_blank_values=True))
    except Resolver404:
        return None


def _look_at(page: Page, context: BrowserContext, url: str, kind: Kind) -> list[str]:
    door = DOORS.get(kind[0])
    is_file = (door is not None and not door.is_page) or "format" in kind[1]
    answer = context.request.get(url) if is_file else page.goto(url)
    if answer is None or answer.status != 200:
        return [f"{url}: expected 200, got {answer and answer.status}"]
    if is_file:
        return []
    page.evaluate(CHECKS)
    return [f"{url}: {fault}" for fault in page.evaluate("checks.dead()")]
