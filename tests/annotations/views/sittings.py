"""Annotators and adjudicators over HTTP, each on a connection of their own, who send again what was not answered."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

HOST = "127.0.0.1"
REPLY_S = 20
PATIENCE_S = 120
_FORM = re.compile(
    r'data-turn="(?P<turn>\d+)".*?action="(?P<address>[^"]+/submit/)".*?name="csrfmiddlewaretoken" '
    r'value="(?P<token>[^"]+)".*?name="rubric" value="(?P<rubric>\d+)"',
    re.DOTALL,
)
_RULING = re.compile(
    r'action="(?P<address>[^"]+/rule/)".*?name="csrfmiddlewaretoken" value="(?P<token>[^"]+)"', re.DOTALL
)


@dataclass(frozen=True)
class Reply:
    status: int
    text: str
    csrf: str = ""


@dataclass(frozen=True)
class Shown:
    """A turn on the screen, as its form says."""

    turn: int
    address: str
    token: str
    rubric: str


@dataclass(frozen=True)
class Stored:
    """What the server said it has stored."""

    turn: int
    judgement: int
    levels: tuple[int, ...]


@dataclass
class Browser:
    """A signed-in browser that asks until it has an answer, whatever becomes of the server meanwhile."""

    port: int
    session: str
    n_sent_again: int = 0
    _csrf: str = ""
    _connection: HTTPConnection | None = None

    def ask(self, method: str, address: str, fields: dict[str, str] | None = None) -> Reply:
        """Raises: AssertionError, where the server fails, or does not answer for long."""
        deadline, wait_s = time.monotonic() + PATIENCE_S, 0.5
        while time.monotonic() < deadline:
            try:
                reply = self._ask_once(method, address, None if fields is None else urlencode(fields))
            except (OSError, HTTPException):
                self.close()
                self.n_sent_again += 1
                time.sleep(wait_s)  # as the page does: the server may be starting, and needs the processor for it
                wait_s = min(2 * wait_s, 4)
                continue
            self._csrf = reply.csrf or self._csrf
            return reply
        raise AssertionError(f"{method} {address}: no answer within {PATIENCE_S} s")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask_once(self, method: str, address: str, body: str | None) -> Reply:
        if self._connection is None:
            self._connection = HTTPConnection(HOST, self.port, timeout=REPLY_S)
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={self._csrf}"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        self._connection.request(method, address, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        assert response.status < 500, f"{method} {address}: {response.status} {text[:300]}"
        csrf = re.search(r"csrftoken=([^;]+)", response.headers.get("Set-Cookie", ""))
        return Reply(response.status, text, csrf.group(1) if csrf else "")


@dataclass
class Sitting:
    """One annotator at the review page, as badly behaved as people are.

    Attributes:
        dice: decide what is answered and how the annotator behaves.
        heard: called after each answer that the server said it stored.
        walks_away: the chance of leaving for good with turns in hand.
        stored: what was acknowledged.
        put_aside: answers on a page that was left open; sent when the annotator comes back.
    """

    browser: Browser
    page: str
    dice: random.Random
    heard: Callable[[], None]
    walks_away: float = 0.05
    stored: list[Stored] = field(default_factory=list)
    put_aside: list[tuple[Shown, tuple[int, ...]]] = field(default_factory=list)
    n_skipped: int = 0
    n_refused: int = 0

    def work(self) -> None:
        """Answer until nothing is left, or walk away."""
        try:
            shown = _shown(self.browser.ask("GET", self.page).text)
            for old, levels in self.put_aside:
                self._send(old, levels, in_hand=shown)
            self.put_aside.clear()
            ahead = None if shown is None else self._next(self.browser.ask("POST", *_ahead(shown)))
            while shown is not None:
                if self.dice.random() < self.walks_away:
                    if self.dice.random() < 0.5:
                        self.put_aside.append((shown, self._levels()))
                    return
                reply = self._skip(shown, ahead) if self.dice.random() < 0.07 else self._answer(shown, ahead)
                following = self._next(reply)
                known = (shown.turn, ahead.turn if ahead else 0)
                if following is not None and following.turn in known:
                    following = None
                shown, ahead = (ahead, following) if ahead is not None else (following, None)
                if shown is None and reply.status == 422:  # a page that has nothing more to show is opened again
                    shown = _shown(self.browser.ask("GET", self.page).text)
        finally:
            self.browser.close()

    def _levels(self) -> tuple[int, ...]:
        return tuple(self.dice.choices([0, 1, 2], weights=[6, 3, 2], k=2))

    def _answer(self, shown: Shown, ahead: Shown | None) -> Reply:
        levels = self._levels()
        reply = self._send(shown, levels, in_hand=ahead)
        if self.dice.random() < 0.2:
            again = self._send(shown, levels, in_hand=ahead)
            # What found no place may find one that came back; what was stored is stored.
            if reply.status == 200:
                assert json.loads(again.text)["judgement"] == json.loads(reply.text)["judgement"]
        return reply

    def _send(self, shown: Shown, levels: tuple[int, ...], *, in_hand: Shown | None) -> Reply:
        fields = {f"level-{position}": str(level) for position, level in enumerate(levels)}
        reply = self.browser.ask("POST", shown.address, _fields(shown, in_hand) | fields)
        assert reply.status in (200, 422), f"{reply.status} {reply.text[:300]}"
        said = json.loads(reply.text)
        if reply.status == 200:
            self.stored.append(Stored(said["turn"], said["judgement"], levels))
            self.heard()
        else:
            assert said["is_lost"], said["fault"]
            self.n_refused += 1
        return reply

    def _skip(self, shown: Shown, ahead: Shown | None) -> Reply:
        self.n_skipped += 1
        reply = self.browser.ask(
            "POST", shown.address.replace("/submit/", "/skip/"), _fields(shown, ahead) | {"reason": "unclear"}
        )
        assert reply.status == 200, f"{reply.status} {reply.text[:300]}"
        return reply

    @staticmethod
    def _next(reply: Reply) -> Shown | None:
        following = json.loads(reply.text).get("next")
        return _shown(following["html"]) if following else None


@dataclass
class Adjudicator:
    """One adjudicator, who rules on whatever is given; `n_ruled` counts what the server took."""

    browser: Browser
    page: str
    n_ruled: int = 0

    def work(self) -> None:
        try:
            while form := _RULING.search(self.browser.ask("GET", self.page).text):
                reply = self.browser.ask(
                    "POST",
                    form["address"],
                    {"csrfmiddlewaretoken": form["token"], "level-0": "0", "level-1": "0", "cause": "careless"},
                )
                assert reply.status == 302, f"{reply.status} {reply.text[:300]}"
                self.n_ruled += 1
        finally:
            self.browser.close()


def _shown(html: str) -> Shown | None:
    form = _FORM.search(html)
    return form and Shown(int(form["turn"]), form["address"], form["token"], form["rubric"])


def _fields(shown: Shown, in_hand: Shown | None) -> dict[str, str]:
    in_hand_turn = "" if in_hand is None else str(in_hand.turn)
    return {
        "csrfmiddlewaretoken": shown.token, "rubric": shown.rubric, "seconds": "5", "in_hand": in_hand_turn,
    }  # fmt: skip


def _ahead(shown: Shown) -> tuple[str, dict[str, str]]:
    return shown.address.replace("/submit/", "/ahead/"), {"csrfmiddlewaretoken": shown.token}
