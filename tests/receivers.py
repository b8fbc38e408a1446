"""A real HTTP server that stands for another program which is told of events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Told:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def delivery(self) -> str:
        return self.headers["X-Judge-Delivery"]


class Receiver:
    """Keeps what it is told and answers as `answer` says: a status, headers and a body, from the number of requests."""

    def __init__(
        self, answer: Callable[[int], tuple[int, dict[str, str], bytes]] | None = None, *, port: int = 0
    ) -> None:
        self.told: list[Told] = []
        self._answer = answer or (lambda n: (204, {}, b""))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @contextmanager
    def serving(self) -> Iterator[Receiver]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805  `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._lock:
                    receiver.told.append(Told(dict(self.headers.items()), body))
                    n = len(receiver.told)
                status, headers, content = receiver._answer(n)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
