"""Annotators who do nothing but submit, over HTTP with connections that stay open."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Final
from urllib.parse import urlencode

from annotations.models import Project, User
from judge_platform.bench.sessions import session_cookie

_TURN: Final = re.compile(rb'action="(/p/[\w-]+/review/\d+/submit/)"')
_LEVEL: Final = re.compile(rb'name="(level-\d+)" value="0"')
_RUBRIC: Final = re.compile(rb'name="rubric" value="(\d+)"')
_CSRF: Final = "0123456789abcdef0123456789abcdef"


@dataclass
class Work:
    """What one annotator did: seconds of each submit that returned the next item, and submissions acknowledged."""

    seconds: list[float] = field(default_factory=list)
    n_acknowledged: int = 0


def work_at_once(*, users: Sequence[User], project: Project, port: int, duration_s: float) -> tuple[list[Work], float]:
    """All users submit for a while, each as fast as the server answers.

    Returns: the work of each, and the seconds from the first submit to the last answer.
    """
    start = Barrier(len(users))
    annotators = [_Annotator(user, project, port) for user in users]
    with ThreadPoolExecutor(len(users)) as pool:
        spans = list(pool.map(lambda annotator: annotator.work(start, duration_s), annotators))
    return [annotator.done for annotator in annotators], max(end for _, end in spans) - min(begin for begin, _ in spans)


class _Annotator:
    def __init__(self, user: User, project: Project, port: int) -> None:
        self.done = Work()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._page = f"/p/{project.slug}/review/"
        self._headers = {
            "Cookie": f"{session_cookie(user)}; csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def work(self, start: Barrier, duration_s: float) -> tuple[float, float]:
        """Submit until the time is over; when it began and ended."""
        body = self._ask("GET", self._page)
        start.wait()
        began = time.perf_counter()
        while time.perf_counter() - began < duration_s:
            turn = _TURN.search(body)
            rubric = _RUBRIC.search(body)
            if turn is None or rubric is None:
                raise RuntimeError(f"expected an item to review, the page says: {body[:500]!r}")
            levels = dict.fromkeys((name.decode() for name in _LEVEL.findall(body)), "0")
            form = urlencode({"rubric": rubric[1].decode(), "seconds": "1", **levels})
            sent = time.perf_counter()
            body = self._ask("POST", turn[1].decode(), form)
            self.done.seconds.append(time.perf_counter() - sent)
            self.done.n_acknowledged += 1
        ended = time.perf_counter()
        self._connection.close()
        return began, ended

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"expected 200 of {method} {path}, got {response.status}: {content[:500]!r}")
        return content
