"""What a model says by transformers alone: one prompt at a time, no batch, no code of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple


class Said(NamedTuple):
    text: str
    is_whole: bool
    n_prompt: int
    n_reply: int


class Reference:
    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._torch = torch
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def say(self, text: str, *, max_tokens: int) -> Said:
        """The likeliest reply to a user's message."""
        read = self._read(text)
        with self._torch.inference_mode():
            written = self._model.generate(**read, do_sample=False, max_new_tokens=max_tokens)
        n_prompt = read["input_ids"].shape[1]
        reply = written[0, n_prompt:].tolist()
        return Said(
            self._tokenizer.decode(reply, skip_special_tokens=True),
            reply[-1] == self._tokenizer.eos_token_id,
            n_prompt,
            len(reply),
        )

    def weigh(self, text: str, labels: tuple[str, ...]) -> list[float]:
        """The probability of each label, of one token each, as the reply's first."""
        with self._torch.inference_mode():
            shares = self._model(**self._read(text)).logits[0, -1].softmax(-1)
        return [float(shares[self._tokenizer.convert_tokens_to_ids(label)]) for label in labels]

    def _read(self, text: str) -> Any:
        return self._tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
