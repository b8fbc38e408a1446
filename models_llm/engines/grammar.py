"""Replies held to a JSON schema while they are drawn, by xgrammar where it is installed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from annotations.sentences import sentence as _
from models_llm.errors import EngineError


class Grammars:
    """Compiles schemas for one model. Without xgrammar replies are not held: whoever reads them checks them anyway."""

    def __init__(self, tokenizer: Any, *, n_logits: int, ends: Collection[int]) -> None:
        try:
            import xgrammar  # noqa: PLC0415  heavy, and comes with an extra
        except ImportError:
            self._xgrammar: Any = None
            return
        self._xgrammar = xgrammar
        self._n_logits = n_logits
        info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=n_logits, stop_token_ids=sorted(ends))
        self._compiler = xgrammar.GrammarCompiler(info)

    def matcher(self, schema: Mapping[str, Any] | None) -> Any:
        """Follows one reply; None where there is nothing to hold it to.

        Whitespace is fixed: a model that may choose it can emit it without end.

        Raises: EngineError, if the schema has what xgrammar does not know.
        """
        if schema is None or self._xgrammar is None:
            return None
        try:
            compiled = self._compiler.compile_json_schema(
                json.dumps(schema), any_whitespace=False, separators=(",", ":")
            )
        except RuntimeError as err:
            raise EngineError(_("the reply's schema cannot be compiled: %(fault)s", fault=err)) from err
        return self._xgrammar.GrammarMatcher(compiled)

    def mask(self, logits: Any, matchers: Sequence[Any]) -> None:
        """Rule out in each row of `logits` what its matcher does not allow next; rows with None stay."""
        held = [row for row, matcher in enumerate(matchers) if matcher is not None]
        if not held:
            return
        bitmask = self._xgrammar.allocate_token_bitmask(len(matchers), self._n_logits)
        for row in held:
            matchers[row].fill_next_token_bitmask(bitmask, row)
        self._xgrammar.apply_token_bitmask_inplace(logits, bitmask.to(logits.device), indices=held)
