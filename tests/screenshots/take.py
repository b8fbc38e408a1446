"""Builds the demonstration in a database of its own and takes a picture of every page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, sync_playwright

from annotations.choices import Role
from tests.conftest import ROOT
from tests.journeys.conftest import ARGUMENTS, DESK, PHONE
from tests.judge_platform.test_start import free_port
from tests.screenshots.pages import INTERESTS, PAGES, PREFERENCES, TAGS, PageToSee
from tests.screenshots.rows import path_of

FOLDER: Final = ROOT / "var" / "screenshots"
SIZES: Final[dict[str, ViewportSize]] = {"1440": DESK, "390": PHONE}
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LOOKS: Final = tuple((size, theme) for size in SIZES for theme in THEMES)


def take_all(environment: dict[str, str]) -> list[str]:
    """Save a picture of every page in every look under `FOLDER`.

    Returns: what is wrong, one line a fault: errors on the console, wrong answers, pages wider than a phone.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    faults: list[str] = []
    with _demonstration(environment) as (address, password), sync_playwright() as playwright:
        system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
        states = {role: _sign_in(browser, address, role, password) for role in Role}
        _review_a_little(browser, address, states[Role.ANNOTATOR])
        addresses = {page: path_of(page) for page in PAGES}
        for size, theme in LOOKS:
            for viewer in (None, *Role):
                context = browser.new_context(
                    base_url=address, viewport=SIZES[size], color_scheme=theme,
                    storage_state=states[viewer] if viewer else None,
                )  # fmt: skip
                for page in (page for page in PAGES if page.viewer is viewer):
                    faults += _take(context, page, addresses[page], f"{size}-{theme}")
                context.close()
        browser.close()
    return faults


def _take(context: BrowserContext, page: PageToSee, path: str, look: str) -> list[str]:
    tab = context.new_page()
    said: list[str] = []
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    response = tab.goto(path, wait_until="load")
    tab.wait_for_load_state("networkidle")
    status = response.status if response else None
    name = f"{page.file_name}_{look}"
    tab.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tab.close()
    # The browser reports the answer itself as an error where it is one.
    faults = [text for text in said if not (page.status >= 400 and f"status of {page.status}" in text)]
    if status != page.status:
        faults.append(f"expected {page.status}, got {status}")
    if wide > 0:
        faults.append(f"is {wide} px wider than the screen")
    return [f"{name} ({path}): {fault}" for fault in faults]


def _sign_in(browser: Browser, address: str, role: Role, password: str) -> StorageState:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=login]", role.value)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    state = context.storage_state()
    context.close()
    return state


def _review_a_little(browser: Browser, address: str, state: StorageState) -> None:
    """Some work of the visitor's own, for the pages that show it."""
    context = browser.new_context(base_url=address, storage_state=state)
    for slug, answer in ((TAGS, "a"), (INTERESTS, "a"), (PREFERENCES, "t")):
        page = context.new_page()
        page.goto(f"/p/{slug}/review/")
        for n in range(3):
            _answer(page, answer, n)
        page.close()
    context.close()


def _answer(page: Page, answer: str, n_before: int) -> None:
    page.get_by_text(re.compile(rf"^{n_before} today$")).wait_for()
    page.keyboard.press(answer)
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(rf"^{n_before + 1} today$")).wait_for()


@contextmanager
def _demonstration(environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The demonstration once it is built: its address and the password of its accounts."""
    address = f"http://127.0.0.1:{free_port()}"
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", address.rpartition(":")[2]],
        cwd=ROOT, env={**environment, "LOG_LEVEL": "WARNING"}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                if f"at {address}" in line and "sample" in line:
                    break
            else:
                raise SystemExit("the demonstration did not come up")
            threading.Thread(target=_print_all, args=[process.stdout]).start()
            yield address, Path(environment["VAR_DIR"], "demo_password").read_text()
        finally:
            process.terminate()
            process.wait()


def _print_all(output: IO[str]) -> None:
    """A pipe that nobody reads fills, and whoever writes into it stands still."""
    for line in output:
        print(line, end="", flush=True)
