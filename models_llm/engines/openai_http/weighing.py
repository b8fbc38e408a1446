"""The distribution of the next token over labels, from what a server says of its log-probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from annotations.sentences import sentence as _
from models_llm.engines.labels import check_labels
from models_llm.engines.openai_http.labels import LabelTokens, NoTokenizerError
from models_llm.engines.openai_http.requests import Answered, Requests
from models_llm.engines.openai_http.wire import CHAT, Reply, messages, read_reply, reader
from models_llm.engines.protocol import Prompt
from models_llm.errors import EngineError

_ROUNDING: Final = 1e-3

_read_reply = reader(read_reply, "a chat completion")


@dataclass(frozen=True)
class Weighed:
    """Probabilities of labels with the answer they come from; or an error, and then no weights."""

    answered: Answered[Reply] | None
    weights: tuple[float, ...] | None = None
    text: str = ""
    error: str = ""


class Weighing:
    """Weighs labels by their token ids where the server can, else by the texts of its likeliest tokens.

    vLLM gives the log-probability of any token asked for by id (`logprob_token_ids`), at temperature 0 and without a
    schema that of the unconstrained model. Other servers give their likeliest tokens (`top_logprobs`). A label that is
    not among them gets weight 0: the mass on the labels is then a lower bound, short by less than the number of missing
    labels times the least of the probabilities given. Which of the two a server can is what the first answer shows.
    """

    def __init__(self, requests: Requests, *, model: str, top_logprobs: int) -> None:
        self._requests = requests
        self._model = model
        self._top_logprobs = top_logprobs
        self._tokens = LabelTokens(requests, model=model)
        self._knows_ids: bool | None = None

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed:
        try:
            check_labels(labels)
            weighed = None if self._knows_ids is False else await self._by_ids(prompt, labels)
            if weighed is None:
                weighed = await self._by_texts(prompt, labels)
                if weighed.weights is not None:  # else it may well be the prompt that the server refuses
                    self._knows_ids = False
            return weighed
        except (EngineError, ConnectionError) as err:
            return Weighed(None, error=str(err))

    async def _by_ids(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed | None:
        """None, as long as it is open whether the server can do this and it did not."""
        try:
            ids = await self._tokens.ids(prompt, labels)
        except NoTokenizerError as err:
            return Weighed(None, error=_("tokens of labels: %(fault)s", fault=err)) if self._knows_ids else None
        answered = await self._ask(
            prompt,
            {"temperature": 0, "logprobs": True, "logprob_token_ids": ids, "return_tokens_as_token_ids": True},
        )
        reply = answered.value
        if reply is None:
            is_refused = self._knows_ids is None and answered.status in (400, 422)
            return None if is_refused else Weighed(answered, error=answered.error)
        found = _logprobs(reply)
        names = [f"token_id:{token}" for token in ids]
        if set(names) <= set(found):
            self._knows_ids = True
            return _weighed(answered, [_probability(found[name]) for name in names], found, text=reply.text)
        if self._knows_ids is None:
            return None
        return Weighed(answered, error="the server gave other tokens' log-probabilities than those asked for")

    async def _by_texts(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed:
        answered = await self._ask(prompt, {"temperature": 1, "logprobs": True, "top_logprobs": self._top_logprobs})
        if answered.value is None:
            return Weighed(answered, error=answered.error)
        found = _logprobs(answered.value)
        if not found:
            return Weighed(
                answered, error="the server gives no log-probabilities of tokens, and labels cannot be weighed without"
            )
        # Some tokenizers write a label with the blank before it, as a token of its own: it says the same.
        weights = [
            math.fsum(_probability(value) for text, value in found.items() if text.strip() == label) for label in labels
        ]
        return _weighed(answered, weights, found, text=max(found, key=found.__getitem__))

    async def _ask(self, prompt: Prompt, options: Mapping[str, Any]) -> Answered[Reply]:
        body = {"model": self._model, "messages": messages(prompt), "max_tokens": 1, **options}
        return await self._requests.ask(CHAT, orjson.dumps(body), _read_reply)


def _logprobs(reply: Reply) -> dict[str, float]:
    """Log-probability by token, of all tokens that the reply tells of; of two that look alike the likelier."""
    first = reply.logprobs
    top = first.get("top_logprobs") if isinstance(first, Mapping) else None
    found: dict[str, float] = {}
    for entry in (first, *(top if isinstance(top, list) else ())):
        token, value = (entry.get("token"), entry.get("logprob")) if isinstance(entry, Mapping) else (None, None)
        if isinstance(token, str) and isinstance(value, (int, float)) and not math.isnan(value):
            found[token] = max(float(value), found.get(token, -math.inf))
    return found


def _probability(logprob: float) -> float:
    return math.exp(min(logprob, 1.0))  # what is above 0 is refused below, and must not overflow before


def _weighed(answered: Answered[Reply], weights: Sequence[float], found: Mapping[str, float], *, text: str) -> Weighed:
    if max(found.values()) > _ROUNDING or math.fsum(weights) > 1 + _ROUNDING:
        return Weighed(
            answered,
            error="the server's log-probabilities are none: they sum to more than 1. "
            "Start vLLM with --logprobs-mode raw_logprobs",
        )
    return Weighed(answered, tuple(weights), text)
