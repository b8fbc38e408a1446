"""Which token each label is, where a prompt ends, as vLLM's tokenizer says."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

import orjson

from annotations.sentences import sentence as _
from models_llm.engines.labels import label_tokens
from models_llm.engines.openai_http.requests import Requests
from models_llm.engines.openai_http.wire import messages, reader
from models_llm.engines.protocol import Message, Prompt
from models_llm.errors import EngineError

_TAIL: Final = 64
_MOST_KEPT: Final = 256
# Ends of the prompt, in tokens, that are tried as context: all of it, or less where its text does not give its tokens.
_CONTEXTS: Final = (1 << 20, 32, 8, 1)


class NoTokenizerError(Exception):
    """The server does not say what its tokens are."""


@dataclass(frozen=True)
class _Key:
    """What decides the tokens of labels: the end of the prompt, on which the chat template's own end follows."""

    labels: tuple[str, ...]
    roles: tuple[str, ...]
    tail: str


class LabelTokens:
    """Token ids of labels, asked for once for each set of labels and end of prompt."""

    def __init__(self, requests: Requests, *, model: str) -> None:
        self._requests = requests
        self._model = model
        self._known: OrderedDict[_Key, asyncio.Task[tuple[int, ...]]] = OrderedDict()

    async def ids(self, prompt: Prompt, labels: tuple[str, ...]) -> tuple[int, ...]:
        """One token id for each label.

        Raises: EngineError, naming a label that is not one token; NoTokenizerError; ConnectionError, if the server
            could not be asked.
        """
        roles = tuple(message.role for message in prompt.messages)
        key = _Key(labels, roles, prompt.messages[-1].text[-_TAIL:])
        task = self._known.get(key)
        if task is None or not _is_of_use(task):
            # A task of its own: whoever asked first may leave while others wait for it.
            task = self._known[key] = asyncio.get_running_loop().create_task(self._find(prompt, labels))
        self._known.move_to_end(key)
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _find(self, prompt: Prompt, labels: tuple[str, ...]) -> tuple[int, ...]:
        context, end = await self._context(prompt)
        texts = [end + label for label in labels]
        tokens = dict(zip(texts, await asyncio.gather(*map(self._tokenize, texts)), strict=True))
        return label_tokens({**tokens, end: context}.__getitem__, end, labels)

    async def _context(self, prompt: Prompt) -> tuple[list[int], str]:
        """The longest end of the prompt, as tokens and as text, that is the same tokens when its text is tokenized."""
        texts = Prompt(tuple(Message(message.role, message.text) for message in prompt.messages))
        tokens = await self._ask_tokens({"messages": messages(texts), "add_generation_prompt": True})
        for size in _CONTEXTS:
            context = tokens[-size:]
            text = await self._detokenize(context)
            if await self._tokenize(text) == context:
                return context, text
        raise EngineError(
            _("the tokens of the prompt's end cannot be had from its text, so labels cannot be looked up")
        )

    async def _tokenize(self, text: str) -> list[int]:
        return await self._ask_tokens({"prompt": text, "add_special_tokens": False})

    async def _ask_tokens(self, request: dict[str, Any]) -> list[int]:
        tokens = await self._ask("/tokenize", request, "tokens")
        if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
            raise NoTokenizerError("/tokenize gives no token ids")
        return tokens

    async def _detokenize(self, tokens: Sequence[int]) -> str:
        return str(await self._ask("/detokenize", {"tokens": tokens}, "prompt"))

    async def _ask(self, path: str, request: dict[str, Any], field: str) -> Any:
        body = orjson.dumps({"model": self._model, **request})
        answer = await self._requests.ask(path, body, reader(lambda content: content[field], f"{field} of {path}"))
        if answer.value is None:
            if 400 <= answer.status < 500:
                raise NoTokenizerError(answer.error)
            raise ConnectionError(answer.error)
        return answer.value


def _is_of_use(task: asyncio.Task[tuple[int, ...]]) -> bool:
    """Whether it tells, or will tell, something of the labels; anything else that failed may have been the prompt's."""
    return not task.done() or (not task.cancelled() and isinstance(task.exception(), (EngineError, NoneType)))
