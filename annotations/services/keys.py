"""The keys that a person has bound on the review page."""

from __future__ import annotations

from collections.abc import Mapping

from annotations.models import User


def bind_keys(*, user: User, keys: Mapping[str, str], submits_alone: bool | None) -> None:
    """Put these bindings in the place of all that the person had.

    Args:
        keys: key by action, checked before; those left out have their usual key.
        submits_alone: whether the choice of the last open criterion submits; None leaves it to the rubric.
    """
    user.review_keys, user.submits_alone = dict(keys), submits_alone
    user.save(update_fields=["review_keys", "submits_alone"])


def restore_keys(*, user: User) -> None:
    """Give the person the usual keys again."""
    bind_keys(user=user, keys={}, submits_alone=None)
