"""A model in this process, through transformers. For small models and machines without a served one."""

from __future__ import annotations

import asyncio
import bisect
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from annotations.sentences import said_by
from annotations.sentences import sentence as _
from models_llm.engines.chat import check_length
from models_llm.engines.flow import Turns
from models_llm.engines.local_model import LocalModel, Reply, Running
from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings
from models_llm.errors import EngineError, MissingExtraError, UnusableError

LINGER_S: Final = 0.002
"""How long the first prompt of an idle engine waits for others to be read with."""

WINDOW: Final = 512
"""Of the prompts that wait, as many are looked through for ones of the same length."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TransformersSettings:
    """Settings of a local model.

    `device` is empty for the accelerator if there is one, else the CPU; `dtype` for bfloat16 where the accelerator has
    it, else float32; `max_model_len` is 0 for what the model says. `batch_size` replies are written side by side, and
    `batch_tokens` of prompts are read at once.
    """

    revision: str = "main"
    device: str = ""
    dtype: str = ""
    max_model_len: int = 0
    batch_size: int = 16
    batch_tokens: int = 8192


@dataclass
class _Asked:
    """A prompt on its way; with labels it is to be weighed, else answered."""

    prompt: Prompt
    sampling: Sampling
    labels: tuple[str, ...]
    turn: int
    answer: asyncio.Future[Completion]
    at: float = field(default_factory=time.monotonic)
    reply: Reply = field(init=False)
    label_tokens: tuple[int, ...] = ()
    began: float = 0.0
    gpu_s: float = 0.0


class TransformersLocalEngine:
    """Replies of many callers written side by side: one that is over leaves, the next takes its place at once.

    Labels are weighed in one forward pass over prompts of like lengths. The model is loaded at the first use, and one
    thread does all its work. Use one process for it, in a worker with the solo or threads pool: an accelerator touched
    before a fork is lost to the child.
    """

    def __init__(self, settings: TransformersSettings, *, model: str) -> None:
        if settings.batch_size < 1 or settings.batch_tokens < 1:
            raise EngineError(_("batch_size and batch_tokens of a local model are at least 1"))
        if settings.dtype not in ("", "float32", "bfloat16", "float16"):
            raise EngineError(
                _(
                    "dtype of a local model is float32, bfloat16, float16 or empty, got “%(dtype)s”",
                    dtype=settings.dtype,
                )
            )
        self._settings = settings
        self._name = model
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._turns = Turns()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> TransformersLocalEngine:
        del api_key
        return cls(read_settings(TransformersSettings, config, engine="transformers_local"), model=model)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        return await self._ask(prompt, sampling, ())

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        return await self._ask(prompt, Sampling(max_tokens=1), labels)

    async def close(self) -> None:
        self._asked.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def _ask(self, prompt: Prompt, sampling: Sampling, labels: tuple[str, ...]) -> Completion:
        answer: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        turn = self._turns.take()
        with self._lock:
            self._asked.put(_Asked(prompt, sampling, labels, turn, answer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="transformers", daemon=True)
                self._thread.start()
        completion = await answer
        self._turns.served(turn)
        return completion

    def _work(self) -> None:
        settings = self._settings
        try:
            model = LocalModel(
                self._name,
                revision=settings.revision,
                device=settings.device,
                dtype=settings.dtype,
                max_model_len=settings.max_model_len,
            )
        except (EngineError, MissingExtraError) as err:
            self._refuse(UnusableError(said_by(err)))
            return
        _Desk(model, settings, self._asked).serve()

    def _refuse(self, reason: UnusableError) -> None:
        """Tell all who wait. Who asks later has the model tried again, in a thread of its own."""
        with self._lock:
            while not self._asked.empty():
                asked = self._asked.get()
                if asked is not None:
                    _settle(asked, lambda answer: answer.set_exception(reason))
            self._thread = None


class _Desk:
    """Who waits, who is being written, and who is next. Runs in the model's thread."""

    def __init__(
        self, model: LocalModel, settings: TransformersSettings, asked: queue.SimpleQueue[_Asked | None]
    ) -> None:
        self._model = model
        self._settings = settings
        self._asked = asked
        self._waiting: list[_Asked] = []
        self._writing: list[_Asked] = []
        self._running: Running | None = None
        self._is_open = True

    def serve(self) -> None:
        """Until it is closed; then nobody is left without an answer."""
        while self._is_open:
            self._take_in()
            chunk = self._next_chunk()
            if chunk:
                self._try(lambda chunk=chunk: self._begin(chunk), chunk)  # type: ignore[misc]
            if self._writing:
                self._try(self._go_on, self._writing)
        for asked in [*self._waiting, *self._writing]:
            _fail(asked, "the engine was closed")

    def _try(self, step: Callable[[], None], involved: list[_Asked]) -> None:
        try:
            step()
        except Exception as err:
            # The thread serves everybody: what breaks a step, such as memory running out, ends those in it alone.
            log.exception("a step of the model failed", error=str(err))
            for asked in involved:
                _fail(asked, _("the model failed: %(kind)s: %(fault)s", kind=type(err).__name__, fault=str(err)[:500]))
            lost = set(map(id, involved))
            self._leave([at for at, asked in enumerate(self._writing) if id(asked) in lost])

    def _take_in(self) -> None:
        """Who has asked by now, a window of them at most; waits for somebody where there is nothing else to do."""
        is_idle = not self._waiting and not self._writing
        with suppress(queue.Empty):
            for number in range(WINDOW):
                asked = self._asked.get(block=is_idle, timeout=LINGER_S if number else None)
                if asked is None:
                    self._is_open = False
                    return
                self._receive(asked)

    def _receive(self, asked: _Asked) -> None:
        model, n_tokens = self._model, 0
        try:
            encoded = model.chat.encode(asked.prompt)
            n_tokens = len(encoded.tokens)
            check_length(n_tokens, asked.sampling, longest=model.longest)
            if asked.labels:
                asked.label_tokens = model.chat.label_tokens(encoded, asked.labels)
            schema = None if asked.labels else asked.prompt.schema
            asked.reply = Reply(encoded.tokens, asked.sampling, model.grammars.matcher(schema))
        except EngineError as err:
            _fail(asked, str(err), Usage(prompt_tokens=n_tokens or None))
        else:
            bisect.insort(self._waiting, asked, key=lambda one: one.turn)

    def _next_chunk(self) -> list[_Asked]:
        """Whose turn it is, and others with prompts of like length, as many as can be read at once."""
        self._waiting = [asked for asked in self._waiting if not asked.answer.cancelled()]
        n_places = self._settings.batch_size - len(self._writing)
        window = [asked for asked in self._waiting if asked.labels or n_places > 0][:WINDOW]
        if not window:
            return []
        first = len(window[0].reply.prompt)
        chunk: list[_Asked] = []
        for asked in sorted(window, key=lambda one: abs(len(one.reply.prompt) - first)):
            longest = max(len(one.reply.prompt) for one in (*chunk, asked))
            if chunk and longest * (len(chunk) + 1) > self._settings.batch_tokens:
                break
            if asked.labels or n_places > 0:
                chunk.append(asked)
                n_places -= 0 if asked.labels else 1
        taken = set(map(id, chunk))
        self._waiting = [asked for asked in self._waiting if id(asked) not in taken]
        return chunk

    def _begin(self, chunk: list[_Asked]) -> None:
        """Read the prompts; answer who wants labels weighed, and begin the replies of the others."""
        started = time.monotonic()
        for asked in chunk:
            asked.began = started
        weighed = [at for at, asked in enumerate(chunk) if asked.labels]
        written = [at for at, asked in enumerate(chunk) if not asked.labels]
        logits, read = self._model.read([asked.reply.prompt for asked in chunk], keep=bool(written))
        weights = self._model.weigh(logits[weighed], [chunk[at].label_tokens for at in weighed])
        self._model.draw(logits, [asked.reply for asked in chunk])
        self._charge(chunk, started)
        for at, shares in zip(weighed, weights, strict=True):
            self._settle(chunk[at], FinishReason.STOP, shares)
        staying = [at for at in written if not self._is_settled(chunk[at])]
        if staying:
            read.keep(staying)
            if self._running is not None:
                self._running.join(read)
            else:
                self._running = read
            self._writing += [chunk[at] for at in staying]

    def _go_on(self) -> None:
        """One more token of every reply."""
        self._leave([at for at, asked in enumerate(self._writing) if asked.answer.cancelled()])
        if self._running is None:
            return
        started = time.monotonic()
        replies = [asked.reply for asked in self._writing]
        logits = self._running.read_on([reply.tokens[-1] for reply in replies])
        self._model.draw(logits, replies)
        self._charge(self._writing, started)
        self._leave([at for at, asked in enumerate(self._writing) if self._is_settled(asked)])

    def _leave(self, rows: list[int]) -> None:
        staying = [at for at in range(len(self._writing)) if at not in set(rows)]
        if len(staying) == len(self._writing):
            return
        self._writing = [self._writing[at] for at in staying]
        if staying and self._running is not None:
            self._running.keep(staying)
        else:
            self._running = None

    def _is_settled(self, asked: _Asked) -> bool:
        """Whether a reply is over; its caller has it then."""
        if asked.reply.is_over:
            self._settle(asked, FinishReason.STOP if asked.reply.is_whole else FinishReason.LENGTH)
        return asked.reply.is_over

    def _settle(self, asked: _Asked, finish_reason: FinishReason, weights: tuple[float, ...] | None = None) -> None:
        usage = Usage(
            prompt_tokens=len(asked.reply.prompt),
            cached_tokens=0,
            completion_tokens=len(asked.reply.tokens),
            queue_s=asked.began - asked.at,
            engine_s=time.monotonic() - asked.began,
            gpu_s=asked.gpu_s,
        )
        text = self._model.chat.decode(asked.reply.tokens)
        _answer(asked, Completion(text, finish_reason, usage, weights=weights))

    def _charge(self, sharers: list[_Asked], started: float) -> None:
        """Each its share of the accelerator's time since then; what was read back from it has waited for its end."""
        if self._model.is_on_gpu:
            for asked in sharers:
                asked.gpu_s += (time.monotonic() - started) / len(sharers)


def _fail(asked: _Asked, error: str, usage: Usage = Usage()) -> None:  # noqa: B008  frozen
    _answer(asked, Completion("", FinishReason.FAILED, usage, error=error))


def _answer(asked: _Asked, completion: Completion) -> None:
    _settle(asked, lambda answer: answer.set_result(completion))


def _settle(asked: _Asked, how: Callable[[asyncio.Future[Completion]], None]) -> None:
    def settle() -> None:
        if not asked.answer.done():  # its caller was cancelled meanwhile
            how(asked.answer)

    with suppress(RuntimeError):  # its loop is closed: nobody waits
        asked.answer.get_loop().call_soon_threadsafe(settle)
