"""A real browser in front of a real server."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from annotations.models import User
from tests.journeys.small_shop import build_small_shop

# The browser's own loop runs in this thread, and Django takes that for an asynchronous view.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
REQUEST_S = 10

NewContext = Callable[..., BrowserContext]

expect.set_options(timeout=20_000)  # a page may take its time on a machine that is busy


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system, or the one that playwright brought."""
    with sync_playwright() as playwright:
        system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        chromium = playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
        yield chromium
        chromium.close()
        # While playwright's loop runs, Django keeps the connections of this thread apart from those of before and
        # after. A test of a later file may have left one open, and the test database cannot be dropped beside it.
        connections.close_all()


@pytest.fixture
def new_context(browser: Browser, live_server: LiveServer) -> Iterator[NewContext]:
    """Makes browser contexts on the live server: `new_context(java_script_enabled=False, viewport=PHONE)`."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"base_url": live_server.url, "viewport": DESK, **options})
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    _let_requests_end()


def _let_requests_end() -> None:
    """What a page has sent is still answered after it is closed; the tables are not emptied under that."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(REQUEST_S)


@pytest.fixture
def page(new_context: NewContext) -> Iterator[Page]:
    """A page at a desk; the test fails if its console reports an error."""
    errors: list[str] = []
    page = new_context().new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    assert errors == []


@pytest.fixture
def shop(live_server: LiveServer, tmp_path: Path, settings: Settings) -> str:
    """Address of a server with the demonstration in small."""
    settings.EXPORT_ROOT = settings.MODEL_ROOT = tmp_path
    build_small_shop()
    return str(live_server.url)


def sign_in(page: Page, user: User) -> None:
    """Through the sign-in page, as a person does; for users of `tests.factories`."""
    page.goto("/account/login/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", "correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("/")


def state_of_session(browser: Browser, address: str, user: User) -> StorageState:
    """What makes further contexts signed in as the user."""
    context = browser.new_context(base_url=address)
    sign_in(context.new_page(), user)
    state = context.storage_state()
    context.close()
    return state
