"""One visit to every page in every state, and all that was wrong there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Error, ViewportSize

from annotations.choices import Role
from annotations.models import User
from tests.journeys.conftest import DESK, PHONE, state_of_session
from tests.journeys.states import State
from tests.screenshots.rows import path_of

CHECKS: Final = Path(__file__).with_name("page_checks.js").read_text(encoding="utf-8")
STANDARDS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS: Final = ["color-contrast", "link-in-text-block"]
ZOOMED: Final[ViewportSize] = {"width": 720, "height": 450}  # what is left of a desk at 200 %
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}  # WCAG 1.4.10
N_TABS: Final = 12
MOST_MS: Final = 20_000

Faults = dict[str, list[str]]


def visit_all(browser: Browser, address: str, states: Iterable[State]) -> Faults:
    """Faults by what they break, each with the page, its state and the element."""
    faults: Faults = defaultdict(list)
    signed_in = {role: state_of_session(browser, address, User.objects.get(username=role)) for role in Role}
    visitors: dict[Role | None, _Visitor] = {}
    for state in states:
        viewer = state.page.viewer
        if viewer not in visitors:
            context = browser.new_context(
                base_url=address,
                reduced_motion="reduce",  # colours are measured at once, and not on their way
                storage_state=signed_in[viewer] if viewer else None,
            )
            visitors[viewer] = _Visitor(context)
        for check, fault in visitors[viewer].visit(state):
            faults[check].append(f"{state}: {fault}")
    for visitor in visitors.values():
        visitor.page.context.close()
    return faults


class _Visitor:
    """One tab, in which every page is loaded once and then looked at in every look that people may choose."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(MOST_MS)
        self.found: list[tuple[str, str]] = []
        self.page.on("pageerror", lambda error: self.found.append(("silent", str(error))))
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("request", lambda request: self._follow(request.url))

    def visit(self, state: State) -> list[tuple[str, str]]:
        self.found = []
        self._open(state)
        self._check("named", "named")
        self._look_in_every_colour()
        self._check("still", "moving")
        if not state.act:
            self._tab()
        self._check("focus", "unseenFocus")
        self._look_in_every_size()
        return self.found

    def _open(self, state: State) -> None:
        self.page.set_viewport_size(DESK)
        response = self.page.goto(path_of(state.page))
        status = response.status if response else None
        if status != state.page.status:
            self.found.append(("status", f"expected {state.page.status}, got {status}"))
        self.page.evaluate(CHECKS)
        self._check("steady", "shifts")
        if state.act:
            try:
                state.act(self.page)
            except (AssertionError, Error) as err:
                self.found.append(("done", str(err).splitlines()[0]))
            self.page.evaluate(CHECKS)

    def _look_in_every_colour(self) -> None:
        self.page.evaluate(AXE_SCRIPT)
        self._axe("light", {"runOnly": STANDARDS})
        self.page.emulate_media(color_scheme="dark")
        self._axe("dark", {"runOnly": OF_COLOURS})
        self.page.emulate_media(color_scheme="light", forced_colors="active")
        self._axe("forced colours", {"runOnly": OF_COLOURS})
        self._check("chosen", "lostStates")
        self.page.emulate_media(color_scheme="light", forced_colors="none")

    def _look_in_every_size(self) -> None:
        self._check("fits", "wide", "1440 px: ")
        self._check("mirror", "unmirrored")
        for name, size in (("200 %", ZOOMED), ("390 px", PHONE), ("320 px", NARROW)):
            self.page.set_viewport_size(size)
            self.page.evaluate("checks.nextFrame()")
            self._check("fits", "wide", f"{name}: ")
            if size is PHONE:
                self._axe("390 px", {"runOnly": ["target-size"]})
        self._check("fits", "wideWhenSpaced", "320 px with wide spacing: ")

    def _check(self, what: str, check: str, look: str = "") -> None:
        self.found += [(what, f"{look}{fault}") for fault in self.page.evaluate(f"checks.{check}()")]

    def _axe(self, look: str, options: dict[str, Any]) -> None:
        results = self.page.evaluate(
            "options => axe.run(options)", {**options, "resultTypes": ["violations"], "elementRef": False}
        )
        for rule in results["violations"]:
            for node in rule["nodes"]:
                mend = node["failureSummary"].replace("\n", " ")
                self.found.append(("axe", f"{look}: {rule['id']}: {node['html'][:200]} at {node['target']}: {mend}"))

    def _tab(self) -> None:
        """The Tab key goes through the document as it is written; after the last element it begins anew."""
        places = []
        for _ in range(N_TABS):
            self.page.keyboard.press("Tab")
            places.append(self.page.evaluate("checks.place()"))
        if any(0 < after <= before for before, after in pairwise(places)):
            self.found.append(("order", f"Tab goes to the elements {places} of the document"))

    def _hear(self, kind: str, text: str) -> None:
        # The browser reports an answer above 400 itself as an error; these pages are there to be seen.
        if kind == "error" and "the server responded with a status of" not in text:
            self.found.append(("silent", text))

    def _follow(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname != "localhost":
            self.found.append(("hosts", url))
