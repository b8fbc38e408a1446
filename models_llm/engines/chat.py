"""Prompts as a model reads them: its chat template and its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from annotations.sentences import sentence as _
from models_llm.engines.labels import label_tokens
from models_llm.engines.protocol import Prompt, Sampling
from models_llm.errors import EngineError

_END: Final = 64
"""Characters of a prompt's end that decide how a label after it is cut into tokens."""


@dataclass(frozen=True)
class Encoded:
    """A prompt in the model's template, and its tokens."""

    text: str
    tokens: list[int]


class ChatTokenizer:
    """One model's tokenizer; to be used by one thread."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._label_tokens = lru_cache(maxsize=1024)(self._checked_labels)

    def encode(self, prompt: Prompt) -> Encoded:
        """Text and tokens by the model's chat template, or the messages as paragraphs where it has none.

        Raises: EngineError, if the template does not take these messages or they carry images.
        """
        if any(message.images for message in prompt.messages):
            raise EngineError(_("this engine shows a model no images; serve the model and use openai_http"))
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        if not self._tokenizer.chat_template:
            text = "".join(f"{message['content']}\n\n" for message in messages)
            return self._encoded(text, add_special_tokens=True)
        from jinja2 import TemplateError  # noqa: PLC0415  comes with transformers

        try:
            text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        except (TemplateError, ValueError, TypeError) as err:  # a template is a program, and may know no system role
            raise EngineError(_("the model's chat template refused the messages: %(fault)s", fault=err)) from err
        return self._encoded(text, add_special_tokens=False)

    def decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def label_tokens(self, encoded: Encoded, labels: tuple[str, ...]) -> tuple[int, ...]:
        """The token of each label after the prompt. Raises: EngineError, as `label_tokens`."""
        return self._label_tokens(encoded.text[-_END:], labels)

    def _checked_labels(self, end: str, labels: tuple[str, ...]) -> tuple[int, ...]:
        return label_tokens(lambda text: self._tokens(text, add_special_tokens=False), end, labels)

    def _encoded(self, text: str, *, add_special_tokens: bool) -> Encoded:
        text = text.encode("utf-8", "replace").decode()  # tokenizers raise on lone surrogates
        # A model cannot go on from no token at all.
        return Encoded(text, self._tokens(text, add_special_tokens) or [self._tokenizer.eos_token_id])

    def _tokens(self, text: str, add_special_tokens: bool) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=add_special_tokens)["input_ids"])


def check_length(n_tokens: int, sampling: Sampling, *, longest: int) -> None:
    """Raises: EngineError, if a prompt of so many tokens leaves no place for the whole reply."""
    if n_tokens + sampling.max_tokens > longest:
        raise EngineError(
            _(
                "the prompt has %(n_tokens)s tokens and the reply may have %(max_tokens)s: together more than "
                "the %(longest)s that the model takes",
                n_tokens=n_tokens,
                max_tokens=sampling.max_tokens,
                longest=longest,
            )
        )


def load_tokenizer(model: str, revision: str) -> Any:
    """The tokenizer of a model, from its folder or the hub.

    Raises: EngineError, if there is none.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(model, revision=revision)
    except (OSError, ValueError) as err:
        raise EngineError(
            _("the tokenizer of “%(model)s” cannot be loaded: %(fault)s", model=model, fault=err)
        ) from err
