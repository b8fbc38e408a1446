"""A served model for tests with real processes: answers chat completions over HTTP, and can be told to hold."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPLY = json.dumps(
    {key: {"rationale": "r", "level": level} for key, level in (("relevance", "Relevance"), ("validity", "Validity"))}
    | {"style": {"rationale": "s", "level": "Good"}}
)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # the default of 5 drops connections that come together


class ServedJudge:
    """Answers with `REPLY`. After `hold_after` requests it keeps every request waiting until `let_go`."""

    def __init__(self, *, hold_after: int) -> None:
        self.n_requests = 0
        self.holding = threading.Event()
        self._hold_after = hold_after
        self._go = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.let_go()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def let_go(self) -> None:
        self._go.set()

    def _answer(self) -> bytes:
        with self._lock:
            self.n_requests += 1
            is_held = self.n_requests > self._hold_after
        if is_held:
            self.holding.set()
            self._go.wait()
        return json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": REPLY}}]}).encode()

    def _handler(served) -> type[BaseHTTPRequestHandler]:  # noqa: N805  `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet: apart, the second waits for the first's receipt

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = served._answer()
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    self.wfile.flush()
                except OSError:
                    self.close_connection = True  # whoever asked was killed meanwhile

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler
