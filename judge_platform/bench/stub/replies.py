"""What a stub server says: the same to the same request, and something else to another."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

LABEL_MASS: Final = 0.97
LIKELY_TOKENS: Final = tuple("ABCDEFGHIJ1234567890")
CHARACTERS_PER_TOKEN: Final = 4

_TOKEN: Final = re.compile(r"\w+|\W")


class Model:
    """Draws by lot, with the prompt's checksum for a lot.

    Its tokens are words and single other characters, numbered as they are first seen.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._tokens: list[str] = []
        self._seen: set[int] = set()

    def tokenize(self, request: Mapping[str, Any]) -> dict[str, Any]:
        text = request["prompt"] if "prompt" in request else _chat(request["messages"])
        tokens = [self._id(token) for token in _TOKEN.findall(text)]
        return {"tokens": tokens, "count": len(tokens), "max_model_len": 1 << 20}

    def detokenize(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"prompt": "".join(self._tokens[number] for number in request["tokens"])}

    def complete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A chat completion."""
        messages = request["messages"]
        lot = zlib.crc32(_text(messages[-1]["content"]).encode("utf-8", "replace"))
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        if request.get("logprobs"):
            tokens = _weighed(request, lot)
            likeliest = max(tokens, key=lambda token: token["logprob"])
            text = self._text_of(likeliest["token"])
            choice["logprobs"] = {"content": [{**likeliest, "top_logprobs": tokens}]}
            choice["finish_reason"] = "length"
        else:
            text = _drawn_reply(request, lot)
        choice["message"] = {"role": "assistant", "content": text}
        return {
            "object": "chat.completion",
            "model": request.get("model", ""),
            "choices": [choice],
            "usage": self._usage(messages, text),
        }

    def _id(self, token: str) -> int:
        number = self._ids.setdefault(token, len(self._ids))
        if number == len(self._tokens):
            self._tokens.append(token)
        return number

    def _text_of(self, name: str) -> str:
        return self._tokens[int(name.removeprefix("token_id:"))] if name.startswith("token_id:") else name

    def _usage(self, messages: Sequence[Mapping[str, Any]], text: str) -> dict[str, Any]:
        """Token counts; all messages before the last are cached once they have been seen."""
        first = [_text(message["content"]) for message in messages[:-1]]
        n_first = sum(map(len, first)) // CHARACTERS_PER_TOKEN
        is_seen = (prefix := hash(tuple(first))) in self._seen
        self._seen.add(prefix)
        n_last = len(_text(messages[-1]["content"])) // CHARACTERS_PER_TOKEN
        n_completion = max(1, len(text) // CHARACTERS_PER_TOKEN)
        return {
            "prompt_tokens": n_first + n_last,
            "completion_tokens": n_completion,
            "total_tokens": n_first + n_last + n_completion,
            "prompt_tokens_details": {"cached_tokens": n_first if is_seen else 0},
        }


def spoiled(reply: dict[str, Any]) -> dict[str, Any]:
    """The completion with a text that is no verdict."""
    reply["choices"][0]["message"]["content"] = "I would rather tell you a story."
    return reply


def _weighed(request: Mapping[str, Any], lot: int) -> list[dict[str, Any]]:
    """Log-probabilities of the tokens asked for by id, or of the likeliest ones."""
    ids: Sequence[int] | None = request.get("logprob_token_ids")
    names = LIKELY_TOKENS if ids is None else [f"token_id:{number}" for number in ids]
    lots = [1 + zlib.crc32(name.encode(), lot) % 97 for name in names]
    return [
        {"token": name, "logprob": math.log(LABEL_MASS * drawn / sum(lots))}
        for name, drawn in zip(names, lots, strict=True)
    ]


def _drawn_reply(request: Mapping[str, Any], lot: int) -> str:
    wished = request.get("response_format")
    if wished is None:
        return f"drawn by lot: {lot}"
    return orjson.dumps(_draw(wished["json_schema"]["schema"], lot)).decode()


def _draw(schema: Mapping[str, Any], lot: int) -> Any:
    """A value that follows the schema, for the kinds of schema that judges ask for."""
    if "enum" in schema:
        return schema["enum"][lot % len(schema["enum"])]
    if schema.get("type") == "object":
        return {name: _draw(part, (lot >> at) + at) for at, (name, part) in enumerate(schema["properties"].items())}
    if schema.get("type") == "array":
        return [_draw(schema["items"], lot + at) for at in range(schema.get("minItems", 1))]
    if schema.get("type") in ("integer", "number"):
        return schema.get("minimum", 0)
    return "Drawn by lot, and the evidence bears it out."


def _chat(messages: Sequence[Mapping[str, Any]]) -> str:
    turns = "".join(f"<{message['role']}>\n{_text(message['content'])}\n" for message in messages)
    return f"{turns}<assistant>\n"


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)
