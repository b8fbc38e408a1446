"""Labels that a model is asked to choose from, as single tokens where the prompt ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from annotations.sentences import sentence as _
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
                _(
                    "the label “%(label)s” must be one token where the prompt ends (“%(end)s”), and is "
                    "%(n_tokens)s or changes the tokens before it: choose letters or digits as labels",
                    label=label,
                    end=end[-20:],
                    n_tokens=n_tokens,
                )
            )
        if tokens[-1] in found:
            raise EngineError(
                _("the labels “%(one)s” and “%(label)s” are the same token", one=found[tokens[-1]], label=label)
            )
        found[tokens[-1]] = label
    return tuple(found)


def check_labels(labels: Sequence[str]) -> None:
    """What can be told without a tokenizer.

    Raises: EngineError, if a label is empty, or two begin alike so that one token cannot tell them apart.
    """
    if not all(labels):
        raise EngineError(_("the label “” must be one token where the prompt ends, and is none"))
    for one, other in permutations(labels, 2):
        if one == other:
            raise EngineError(_("the labels “%(one)s” and “%(other)s” are the same token", one=one, other=other))
        if other.startswith(one):
            raise EngineError(
                _(
                    "the label “%(other)s” begins with the label “%(one)s”: choose labels that do not",
                    other=other,
                    one=one,
                )
            )
