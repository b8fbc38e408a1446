"""Losses that order the values of items as their ratings are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def listwise_loss(values: Tensor, tiers: Tensor, weights: Tensor) -> Tensor:
    """The list-wise loss of one contrast group, a scalar; 0 for a group of one tier.

    Args:
        values: f(y), before any sigmoid, float (n,). Behind a sigmoid values would differ by one at most, and the
            loss could not fall below log(1 + 1/e) however well they are ordered.
        tiers: int (n,), higher is better.
        weights: of each item as the one that should come first, float (n,).
    Formula: the sum over every y above the lowest tier of
        -log( e^f(y) / (e^f(y) + the sum of e^f(y') over all y' of lower tiers) ).
    Source: RecGPT-V2 (arXiv:2512.14503), judge-as-a-reward, with tiers Superior, Average, Bad.
    """
    below = tiers[None, :] < tiers[:, None]
    others = values[None, :].masked_fill(~below, float("-inf"))
    terms = others.logsumexp(dim=1).logaddexp(values) - values
    return (terms * weights * below.any(dim=1)).sum()


def pairwise_loss(values: Tensor, tiers: Tensor, weights: Tensor) -> Tensor:
    """The loss of all ordered pairs of one contrast group, a scalar; 0 for a group of one tier.

    Arguments are those of `listwise_loss`; a pair has the weight of its better item.

    Formula: the sum over all pairs (y above y') of -log sigmoid( f(y) - f(y') ).  Source: Bradley-Terry.
    """
    below = tiers[None, :] < tiers[:, None]
    differences = values[:, None] - values[None, :]
    terms = (-differences).clamp(min=0) + (-differences.abs()).exp().log1p()
    return (terms * below * weights[:, None]).sum()
