from __future__ import annotations

import re

import pytest

from models_llm.engines.labels import label_tokens
from models_llm.errors import EngineError


def tokens_of(text: str) -> list[int]:
    """A tokenizer that knows some words and reads all else letter by letter."""
    words = {"Good": 1000, "10": 1001, ":A": 1002}
    return [words.get(piece) or ord(piece) for piece in re.findall(r"Good|10|:A|.", text, re.DOTALL)]


def test_each_label_is_the_token_that_it_is_where_the_prompt_ends() -> None:
    assert label_tokens(tokens_of, "grade it\n", ("Good", "B", "7")) == (1000, ord("B"), ord("7"))


@pytest.mark.parametrize(
    ("end", "labels", "reason"),
    [
        ("\n", ("A", "Bad"), "“Bad” must be one token where the prompt ends"),
        ("grade:", ("B", "A"), "“A” must be one token where the prompt ends"),  # one with the colon before it
        ("\n", ("A", ""), "“” must be one token where the prompt ends"),
        ("\n", ("A", "B", "A"), "“A” and “A” are the same token"),
        ("\n", ("1", "2", "10"), "“10” begins with the label “1”"),
    ],
)
def test_labels_whose_distribution_would_be_none_are_refused(end: str, labels: tuple[str, ...], reason: str) -> None:
    with pytest.raises(EngineError, match=re.escape(reason)):
        label_tokens(tokens_of, end, labels)
