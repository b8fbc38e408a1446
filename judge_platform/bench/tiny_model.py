"""A language model of a few million parameters, made in seconds, that every engine runs: nothing is downloaded.

It knows nothing, but behaves: the same question always gets the same reply, another item another one, replies end by
themselves, strings of a JSON reply close, and a question for a label is mostly answered with one.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

LONGEST: Final = 4096
"""Tokens of prompt and reply together."""

LABELS: Final = (*"ABCDEFGHIJ", *"0123456789", "Yes", "No")
"""Single tokens at the beginning of a reply, each likely there."""

_HIDDEN: Final = 256
_VOCABULARY: Final = 2048
_SPECIAL: Final = ("<|end_of_text|>", "<|im_start|>", "<|im_end|>")
_CHAT_TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Added to a token's logit: always; and at the beginning of a reply, which a line break stands before.
_END_BIAS: Final = 5.0
_QUOTE_BIAS: Final = 5.0
_UNREADABLE_BIAS: Final = -30.0
_LABEL_BIAS: Final = 9.0


@contextmanager
def tiny_model() -> Iterator[Path]:
    """A folder with the model, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tiny-model-") as folder:
        yield make_tiny_model(Path(folder))


def make_tiny_model(folder: Path, *, seed: int = 0) -> Path:
    """Write the model and its tokenizer into the folder, and return that.

    A Llama of four layers with random weights and a byte-level tokenizer, which reads any text. Two dimensions of the
    residual stream are kept out of the layers' reach: one is always on, one only after a line break. Through them the
    output layer favours ends, closing quotes and labels, and keeps to what can be read.
    """
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer = _make_tokenizer()
    tokenizer.save_pretrained(folder)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_HIDDEN,
        intermediate_size=3 * _HIDDEN,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=LONGEST,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        _draw_weights(model, torch.Generator().manual_seed(seed))
        _bias_replies(model, tokenizer)
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=tokenizer.pad_token_id)
    model.save_pretrained(folder)
    return folder


def _make_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415  heavy
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",  # noqa: S106  no password
        pad_token="<|end_of_text|>",  # noqa: S106
        chat_template=_CHAT_TEMPLATE,
        model_max_length=LONGEST,
        clean_up_tokenization_spaces=False,
    )


def _texts() -> Iterator[str]:
    """What the tokenizer learns its words from: an English text that does not change, and the labels often enough."""
    yield (Path(__file__).resolve().parents[2] / "LICENSE").read_text(encoding="utf-8")
    for label in LABELS:
        yield "\n".join([label] * 100)


def _draw_weights(model: Any, generator: Any) -> None:
    """Random weights with attention sharp enough that a few words of the item decide what is said."""
    spread = {"q_proj": 2.5, "k_proj": 2.5, "o_proj": 1.5, "lm_head": 2.5}
    for name, weights in model.named_parameters():
        part = name.split(".")[-2]
        if weights.dim() == 1:
            weights.fill_(1.0)
        elif part == "embed_tokens":
            weights.normal_(generator=generator)
        else:
            weights.normal_(std=spread.get(part, 1.0) / math.sqrt(weights.shape[1]), generator=generator)


def _bias_replies(model: Any, tokenizer: Any) -> None:
    always, begins = 0, 1
    embedding, head = model.model.embed_tokens.weight, model.lm_head.weight
    for layer in model.model.layers:
        for writes in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            writes[[always, begins], :] = 0
    embedding[:, always], embedding[:, begins] = 1.0, 0.0
    embedding[_ids(tokenizer, ["\n"]), begins] = 1.0
    head[:, [always, begins]] = 0
    # The residual stream grows through the layers and is then brought to length 1 a dimension: this undoes it.
    grown = 3.0
    head[tokenizer.eos_token_id, always] = _END_BIAS * grown
    head[_ids(tokenizer, ['"']), always] = _QUOTE_BIAS * grown
    head[_unreadable(tokenizer), always] = _UNREADABLE_BIAS * grown
    head[_ids(tokenizer, LABELS), begins] = _LABEL_BIAS * grown


def _ids(tokenizer: Any, texts: Sequence[str]) -> list[int]:
    """The token of each text, each of which has only one."""
    return [token for text in texts for token in tokenizer(text, add_special_tokens=False)["input_ids"]]


def _unreadable(tokenizer: Any) -> list[int]:
    """Tokens that are half a letter, a control character or a mark of the chat, except the end."""
    texts = enumerate(tokenizer.batch_decode([[token] for token in range(len(tokenizer))]))
    return [
        token
        for token, text in texts
        if token != tokenizer.eos_token_id and (text in _SPECIAL or not text.isascii() or not text.isprintable())
    ]
