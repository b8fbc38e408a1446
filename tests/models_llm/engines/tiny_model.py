"""A language model of a few thousand parameters, made at run time: nothing is downloaded."""

from __future__ import annotations

import functools
import importlib.util
import tempfile
from pathlib import Path

import pytest

from models_llm.engines import Engine, build_engine

WORDS = ("item", "s", "rubric", *"0123456789")


def skip_without_transformers() -> None:
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        pytest.skip("the extra [transformers] is not installed")


def tiny_transformers_engine() -> Engine:
    skip_without_transformers()
    return build_engine(
        "transformers_local",
        model=str(tiny_model_folder()),
        config={"device": "cpu", "batch_size": 3, "max_prompt_tokens": 200},
    )


@functools.cache
def tiny_model_folder() -> Path:
    """A folder with a two-layer Llama of random weights and a tokenizer that knows a dozen words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = Path(tempfile.mkdtemp(prefix="tiny-model-"))
    vocabulary = {word: number for number, word in enumerate(("<unk>", "<end>", *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>", pad_token="<end>"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=1,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
