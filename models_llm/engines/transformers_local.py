"""A model in this process, through transformers. For small models and machines without a served one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings
from models_llm.errors import EngineError, MissingExtraError


@dataclass(frozen=True)
class TransformersSettings:
    """Settings of a local model. `device` is empty for "the accelerator if there is one, else the CPU"."""

    revision: str = "main"
    device: str = ""
    batch_size: int = 8
    max_prompt_tokens: int = 8192


class TransformersLocalEngine:
    """Batches of prompts, sorted by length, padded on the left, generated together.

    The model is loaded at the first use. Use one process for it, in a worker with the solo or threads pool:
    an accelerator touched before a fork is lost to the child. Above temperature 0 a reply depends on its
    batch, so only temperature 0 repeats exactly.
    """

    def __init__(self, settings: TransformersSettings, *, model: str) -> None:
        if settings.batch_size < 1:
            raise EngineError(f"batch_size of a local model is at least 1, got {settings.batch_size}")
        self._settings = settings
        self._name = model
        self._turn = asyncio.Lock()

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> TransformersLocalEngine:
        del api_key
        return cls(read_settings(TransformersSettings, config, engine="transformers_local"), model=model)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        async with self._turn:
            return await asyncio.to_thread(self._complete, prompt, sampling)

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        raise NotImplementedError

    def _complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        try:
            tokens = self._loaded.encode(prompt)
        except (EngineError, MissingExtraError) as err:
            return Completion("", FinishReason.FAILED, error=str(err))
        if len(tokens) > self._settings.max_prompt_tokens:
            return self._too_long(len(tokens))
        return self._loaded.generate([tokens], sampling)[0]

    async def close(self) -> None:
        self.__dict__.pop("_loaded", None)

    @cached_property
    def _loaded(self) -> _LoadedModel:
        return _LoadedModel(self._name, self._settings)

    def _too_long(self, n_tokens: int) -> Completion:
        limit = self._settings.max_prompt_tokens
        return Completion(
            "",
            FinishReason.FAILED,
            Usage(prompt_tokens=n_tokens),
            error=f"the prompt has {n_tokens} tokens and max_prompt_tokens is {limit}",
        )


class _LoadedModel:
    def __init__(self, name: str, settings: TransformersSettings) -> None:
        try:
            import torch
            import transformers
        except ImportError as err:
            raise MissingExtraError(
                "engine “transformers_local” needs torch and transformers, which are not installed: "
                "pip install 'judge-platform[transformers]'"
            ) from err
        self._torch = torch
        self._transformers = transformers
        self._device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(
                name, revision=settings.revision, padding_side="left"
            )
            self._model = transformers.AutoModelForCausalLM.from_pretrained(
                name,
                revision=settings.revision,
                dtype=torch.bfloat16 if self._device.startswith("cuda") else torch.float32,
            )
        except (OSError, ValueError) as err:
            raise EngineError(f"the model “{name}” cannot be loaded: {err}") from err
        self._model.to(self._device).eval()
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def encode(self, prompt: Prompt) -> list[int]:
        """Token ids, by the model's chat template where it has one."""
        if self._tokenizer.chat_template:
            messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
            text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            return self._tokens(text, add_special_tokens=False)
        return self._tokens("\n\n".join(message.text for message in prompt.messages) + "\n\n")

    def _tokens(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        # The tokenizer raises on lone surrogates, and a model cannot go on from no token at all.
        ids = self._tokenizer(text.encode("utf-8", "replace").decode(), add_special_tokens=add_special_tokens)
        return list(ids["input_ids"]) or [self._tokenizer.pad_token_id]

    def generate(self, batch: list[list[int]], sampling: Sampling) -> list[Completion]:
        torch = self._torch
        started = time.monotonic()
        padded = self._tokenizer.pad({"input_ids": batch}, return_tensors="pt").to(self._device)
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(sampling.seed)
            output = self._model.generate(
                input_ids=padded["input_ids"],
                attention_mask=padded["attention_mask"],
                generation_config=self._generation_config(sampling),
            )
        engine_s = time.monotonic() - started
        n_padded = padded["input_ids"].shape[1]
        return [
            self._read(row[n_padded:].tolist(), n_prompt=len(ids), engine_s=engine_s)
            for row, ids in zip(output, batch, strict=True)
        ]

    def _generation_config(self, sampling: Sampling) -> Any:
        drawn = sampling.temperature > 0
        return self._transformers.GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            do_sample=drawn,
            temperature=sampling.temperature if drawn else None,
            top_p=sampling.top_p if drawn else None,
            eos_token_id=self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id,
            pad_token_id=self._tokenizer.pad_token_id,
        )

    def _read(self, tokens: list[int], *, n_prompt: int, engine_s: float) -> Completion:
        """A completion from generated ids; without an end token among them it was cut off."""
        eos = self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id
        ends = set(eos) if isinstance(eos, list) else {eos}
        end = next((position for position, token in enumerate(tokens) if token in ends), None)
        return Completion(
            text=self._tokenizer.decode(tokens[:end], skip_special_tokens=True),
            finish_reason=FinishReason.LENGTH if end is None else FinishReason.STOP,
            usage=Usage(
                prompt_tokens=n_prompt,
                completion_tokens=len(tokens) if end is None else end + 1,
                engine_s=engine_s,
            ),
        )
