"""Labels that a model is asked to choose from, as single tokens where the prompt ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from models_llm.errors import EngineError


def label_tokens(tokens_of: Callable[[str], Sequence[int]], end: str, labels: Sequence[str]) -> tuple[int, ...]:
    """The token of each label, in order, when it follows `end`.

    A distribution over labels is one over tokens only then: a label of two tokens has the probability of neither, and
    of two labels that begin alike the longer one's is counted with the shorter.

    Args:
        tokens_of: the model's tokenizer, without any special tokens added.
        end: how the prompt ends, in the model's chat template.
    Raises: EngineError, naming the label that is not one token, or the two that share one or begin alike.
    """
    check_labels(labels)
    before = list(tokens_of(end))
    found: dict[int, str] = {}
    for label in labels:
        tokens = list(tokens_of(end + label))
        if tokens[:-1] != before:
            n_tokens = len(tokens) - len(before)
            raise EngineError(
                f"the label “{label}” must be one token where the prompt ends (“{end[-20:]}”), and is {n_tokens} or "
                "changes the tokens before it: choose letters or digits as labels"
            )
        if tokens[-1] in found:
            raise EngineError(f"the labels “{found[tokens[-1]]}” and “{label}” are the same token")
        found[tokens[-1]] = label
    return tuple(found)


def check_labels(labels: Sequence[str]) -> None:
    """What can be told without a tokenizer.

    Raises: EngineError, if a label is empty, or two begin alike so that one token cannot tell them apart.
    """
    if not all(labels):
        raise EngineError("the label “” must be one token where the prompt ends, and is none")
    for one, other in permutations(labels, 2):
        if one == other:
            raise EngineError(f"the labels “{one}” and “{other}” are the same token")
        if other.startswith(one):
            raise EngineError(f"the label “{other}” begins with the label “{one}”: choose labels that do not")
