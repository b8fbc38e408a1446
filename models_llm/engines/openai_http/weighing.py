"""The distribution of the next token over labels, from what a server says of its log-probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from models_llm.engines.openai_http.labels import LabelError, LabelTokens, NoTokenizerError, check_labels
from models_llm.engines.openai_http.requests import Answered, Requests
from models_llm.engines.openai_http.wire import CHAT, Reply, messages, read_reply, reader
from models_llm.engines.protocol import Prompt

MOST_TOP: Final = 20
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
    schema that of the unconstrained model. Other servers give their 20 likeliest tokens: a label that is not
    among them gets weight 0, so the mass on the labels is then a lower bound, and short by less than the number of
    missing labels times the least of the 20. Which of the two a server can is found by asking, once.
    """

    def __init__(self, requests: Requests, *, model: str) -> None:
        self._requests = requests
        self._model = model
        self._tokens = LabelTokens(requests, model=model)
        self._knows_ids = True

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed:
        try:
            check_labels(labels)
            if self._knows_ids:
                weighed = await self._by_ids(prompt, labels)
                if weighed is not None:
                    return weighed
                self._knows_ids = False
            return await self._by_texts(prompt, labels)
        except (LabelError, ConnectionError) as err:
            return Weighed(None, error=str(err))

    async def _by_ids(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed | None:
        """None, if the server does not give the tokens that it is asked for."""
        try:
            ids = await self._tokens.ids(prompt, labels)
        except NoTokenizerError:
            return None
        answered = await self._ask(
            prompt,
            {"temperature": 0, "logprobs": True, "logprob_token_ids": ids, "return_tokens_as_token_ids": True},
        )
        reply = answered.value
        if reply is None:
            return None if answered.status in (400, 422) else Weighed(answered, error=answered.error)
        found = _logprobs(reply)
        names = [f"token_id:{token}" for token in ids]
        if not set(names) <= set(found):
            return None
        return _weighed(answered, [_probability(found[name]) for name in names], found, text=reply.text)

    async def _by_texts(self, prompt: Prompt, labels: tuple[str, ...]) -> Weighed:
        answered = await self._ask(prompt, {"temperature": 1, "logprobs": True, "top_logprobs": MOST_TOP})
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
    if not isinstance(first, Mapping):
        return {}
    found: dict[str, float] = {}
    for entry in (first, *(first.get("top_logprobs") or ())):
        token, value = entry.get("token"), entry.get("logprob")
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
