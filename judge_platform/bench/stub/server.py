"""The stub's side of HTTP: as little of it as keep-alive clients need, because its time is taken from the bench."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict, fields, replace
from http import HTTPStatus
from typing import Any, Final, cast

import orjson

from judge_platform.bench.stub.options import StubOptions
from judge_platform.bench.stub.replies import Model, spoiled

COMPLETIONS: Final = "/v1/chat/completions"
_FAULTS: Final = ("429", "500", "hang", "garbage", "reset")


class StubServer:
    """What all connections of one server share.

    Attributes:
        counts: requests for a completion: `asked`, `open`, `most_open`, `answered`, and one for each kind of fault.
    """

    def __init__(self, options: StubOptions) -> None:
        self.options = options
        self.counts: Counter[str] = Counter(asked=0, open=0, most_open=0, answered=0)
        self.model = Model()
        self._due = dict.fromkeys(_FAULTS, 0.0)

    async def serve(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: _Connection(self), host, port, backlog=4096)

    def other(self, path: str, body: bytes) -> bytes:
        """The answer to whatever is no request for a completion."""
        if path == "/stub/options":
            self.options = _changed(self.options, orjson.loads(body or b"{}"))
            return _answer(200, asdict(self.options))
        if path == "/stub/counts":
            return _answer(200, self.counts)
        if self.options.is_draining:
            return self.refusal(503)
        if path in ("/tokenize", "/detokenize") and self.options.knows_tokens:
            return _answer(200, getattr(self.model, path[1:])(orjson.loads(body)))
        return _answer(200, {"data": []}) if path in ("/health", "/v1/models") else _answer(404, {})

    def completion(self, body: bytes) -> bytes:
        request = orjson.loads(body)
        if "logprob_token_ids" in request and not self.options.knows_tokens:
            return _answer(400, {"error": {"message": "logprob_token_ids: extra fields not permitted"}})
        reply = self.model.complete(request)
        poison, fatal = self.options.poison, self.options.fatal
        if fatal and fatal.encode() in body:
            return self.refusal(500)
        return _answer(200, spoiled(reply) if poison and poison.encode() in body else reply)

    def refusal(self, status: int) -> bytes:
        return _answer(status, {"error": {"message": "overloaded"}}, retry_after=self.options.retry_after)

    def fault(self) -> str:
        """The fault of the next request for a completion; empty for none."""
        for name in _FAULTS:
            self._due[name] += getattr(self.options, f"share_{name}")
        for name in _FAULTS:
            if self._due[name] > 1 - 1e-9:  # sums of tenths fall just short of 1
                self._due[name] -= 1
                return name
        return ""


class _Connection(asyncio.Protocol):
    """One keep-alive connection. A client that sends its next request before the answer is served after it."""

    def __init__(self, server: StubServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            self._next()

    def _next(self) -> None:
        while not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end])
            size = end + 4 + _content_length(head)
            if len(self._buffer) < size:
                return
            body = bytes(self._buffer[end + 4 : size])
            del self._buffer[:size]
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            if path == COMPLETIONS and not self._server.options.is_draining:
                self._complete(body)
            else:
                self._transport.write(self._server.other(path, body))

    def _complete(self, body: bytes) -> None:
        counts = self._server.counts
        counts["asked"] += 1
        counts["open"] += 1
        counts["most_open"] = max(counts["most_open"], counts["open"])
        self._is_open = True
        fault = self._server.fault()
        if fault:
            counts[fault] += 1
        if fault == "hang":
            return
        delay_s = self._server.options.delay_s
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self._send, body, fault)
        else:
            self._send(body, fault)

    def _send(self, body: bytes, fault: str) -> None:
        if not self._is_open:
            return
        if fault in ("429", "500"):
            self._transport.write(self._server.refusal(int(fault)))
        elif fault == "garbage":
            self._transport.write(_answer(200, b"lorem {ipsum: dolor"))
        else:
            answer = self._server.completion(body)
            if fault == "reset":
                self._transport.write(answer[: len(answer) // 2])
                self._transport.close()
            else:
                self._transport.write(answer)
                self._server.counts["answered"] += 1
        self._close()
        self._next()

    def _close(self) -> None:
        self._server.counts["open"] -= self._is_open
        self._is_open = False


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    return int(lowered[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _answer(status: int, content: Any, *, retry_after: str = "") -> bytes:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    wait = f"Retry-After: {retry_after}\r\n" if retry_after else ""
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n{wait}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _changed(options: StubOptions, changes: dict[str, Any]) -> StubOptions:
    known = {spec.name for spec in fields(options)}
    return replace(options, **{name: value for name, value in changes.items() if name in known})
