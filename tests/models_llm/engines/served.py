"""Real servers on this machine whose answers a test writes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from aiohttp import web

from models_llm.engines import loop

Answer = web.StreamResponse | Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Served:
    """Answers each request for a completion with the next of the given answers, then with the last for ever.

    Attributes:
        url: its root.
        asked: the body of each request for a completion, as JSON.
        requests: those requests.
        health: what `/health` answers; without one there is no such path.
        others: answers by path, for whatever is no completion.
    """

    def __init__(self, *answers: Answer) -> None:
        self.url = ""
        self.asked: list[Any] = []
        self.requests: list[web.BaseRequest] = []
        self.health: int | None = None
        self.others: dict[str, Callable[[Any], Any]] = {}
        self._answers = answers

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/health" and self.health is not None:
            return web.Response(status=self.health)
        if request.path in self.others:
            return web.json_response(self.others[request.path](await request.json()))
        if request.path != "/v1/chat/completions":
            return web.Response(status=404)
        answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
        self.asked.append(await request.json())
        self.requests.append(request)
        return await answer(request) if callable(answer) else _again(answer)


@contextmanager
def served(*answers: Answer, port: int = 0) -> Iterator[Served]:
    """A server on the loop of the engines, gone afterwards with whatever it has not answered."""
    server = Served(*(answers or (chat(),)))

    async def start() -> web.ServerRunner:
        runner = web.ServerRunner(web.Server(server.handle, handler_cancellation=True), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        host, taken = runner.addresses[0][:2]
        server.url = f"http://{host}:{taken}"
        return runner

    runner = loop.run(start())
    try:
        yield server
    finally:
        loop.run(runner.cleanup())


def chat(text: str | None = "ok", **message: Any) -> web.Response:
    """A good answer."""
    return web.json_response(chat_reply(text, **message))


def chat_reply(text: str | None = "ok", **message: Any) -> dict[str, Any]:
    finish_reason = message.pop("finish_reason", "stop")
    return {
        "choices": [{"finish_reason": finish_reason, "message": {"content": text, **message}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    }


def refusal(status: int, *, text: str = "", retry_after: str = "") -> web.Response:
    return web.Response(status=status, text=text, headers={"Retry-After": retry_after} if retry_after else {})


async def hang(request: web.BaseRequest) -> NoReturn:
    """No answer, ever."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    """The connection is lost in the middle of the answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(json.dumps(chat_reply()).encode())
    assert request.transport is not None
    request.transport.abort()
    return response


async def cut_at_once(request: web.BaseRequest) -> web.StreamResponse:
    """The connection is lost before anything of the answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _again(answer: web.StreamResponse) -> web.Response:
    """A response is sent once, so each request gets a copy."""
    assert isinstance(answer, web.Response)
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
