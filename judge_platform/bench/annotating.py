"""Annotators over HTTP, as a browser is one: a session, a form filled in, its answer with the next item."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

_FORM = re.compile(
    r'action="(?P<address>[^"]+/submit/)".*?name="csrfmiddlewaretoken" value="(?P<token>[^"]+)".*?'
    r'name="rubric" value="(?P<rubric>\d+)"',
    re.DOTALL,
)
_TURN = re.compile(r'data-turn="(?P<turn>\d+)"')
_LEVELS = re.compile(r'name="(level-\d+)" value="0"')


@dataclass
class Annotator:
    """One annotator with a connection of their own.

    Attributes:
        session: value of the session cookie.
        seconds: time of each submission that came back with the next item.
        n_acknowledged: answers that the server said it stored.
    """

    host: str
    port: int
    page: str
    session: str
    seconds: list[float] = field(default_factory=list)
    n_acknowledged: int = 0

    def work(self, *, n: int, until: float = float("inf")) -> None:
        """Submit at most `n` answers, or until the clock shows `until`, or nothing is left."""
        connection = HTTPConnection(self.host, self.port, timeout=60)
        try:
            cookies = f"sessionid={self.session}"
            body, csrf = self._ask(connection, "GET", self.page, cookies)
            cookies += f"; csrftoken={csrf}"
            form = _FORM.search(body)
            ahead = self._item_ahead(connection, form, cookies) if form else ""
            while form and n > 0 and time.perf_counter() < until:
                in_hand = _TURN.search(ahead)
                answer = {"csrfmiddlewaretoken": form["token"], "rubric": form["rubric"], "seconds": "5"}
                answer |= dict.fromkeys(_LEVELS.findall(body), "0") | {"in_hand": in_hand["turn"] if in_hand else ""}
                began = time.perf_counter()
                reply, _ = self._ask(connection, "POST", form["address"], cookies, urlencode(answer))
                self.seconds.append(time.perf_counter() - began)
                self.n_acknowledged += 1
                n -= 1
                following = _html_of_the_next(reply)
                body, ahead = (ahead, following) if in_hand else (following, "")
                form = _FORM.search(body)
        finally:
            connection.close()

    def _item_ahead(self, connection: HTTPConnection, form: re.Match[str], cookies: str) -> str:
        """The item that a page gets beside the one that it shows."""
        address = form["address"].replace("/submit/", "/ahead/")
        reply, _ = self._ask(connection, "POST", address, cookies, urlencode({"csrfmiddlewaretoken": form["token"]}))
        return _html_of_the_next(reply)

    def _ask(
        self, connection: HTTPConnection, method: str, address: str, cookies: str, body: str | None = None
    ) -> tuple[str, str]:
        """The answer's text and the CSRF cookie that came with it.

        Raises: RuntimeError, for anything but 200.
        """
        headers = {"Cookie": cookies, "Host": f"{self.host}:{self.port}"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        connection.request(method, address, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            raise RuntimeError(f"{method} {address}: {response.status} {text[:300]}")
        csrf = re.search(r"csrftoken=([^;]+)", response.headers.get("Set-Cookie", ""))
        return text, csrf.group(1) if csrf else ""


def _html_of_the_next(reply: str) -> str:
    following = json.loads(reply)["next"]
    return str(following["html"]) if following else ""


def work_at_once(annotators: Sequence[Annotator], *, n_each: int, for_s: float) -> float:
    """Let all of them work side by side; seconds until the last has ended.

    Raises: RuntimeError, if one of them could not go on.
    """
    faults: list[Exception] = []

    def work(annotator: Annotator) -> None:
        try:
            annotator.work(n=n_each, until=began + for_s)
        except (RuntimeError, OSError) as err:
            faults.append(err)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=[annotator]) for annotator in annotators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"{len(faults)} of {len(annotators)} annotators stopped: {faults[0]}")
    return time.perf_counter() - began
