"""PyTorch and transformers, which not every environment has."""

from __future__ import annotations

from typing import Any

from annotations.sentences import sentence as _
from models_llm.errors import MissingExtraError


def import_transformers(user: str) -> tuple[Any, Any]:
    """The modules torch and transformers.

    Args:
        user: what needs them, as the message begins.
    Raises: MissingExtraError, if one is not installed.
    """
    try:
        import torch
        import transformers
    except ImportError as err:
        raise MissingExtraError(
            _(
                "%(user)s needs torch and transformers, which are not installed: pip install "
                "'judge-platform[transformers]'",
                user=user,
            )
        ) from err
    return torch, transformers
