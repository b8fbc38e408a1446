"""How a stub server behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class StubOptions:
    """Shares are of the requests for a completion; each is spread evenly over them, so that counts are exact.

    Attributes:
        delay_s: time that a completion takes.
        share_429, share_500: refused with that status.
        retry_after: the header that goes with a refusal, seconds or a date; empty for none.
        share_hang: never answered.
        share_garbage: answered with 200 and a body that is no JSON.
        share_reset: the connection is cut in the middle of the answer.
        poison: a request that has this text in it gets a reply that is no verdict.
        fatal: a request that has this text in it is answered with 500.
        is_draining: 503 to whoever asks, `/health` included.
        knows_tokens: whether it has `/tokenize` and takes `logprob_token_ids`, as vLLM does.
    """

    delay_s: float = 0.0
    share_429: float = 0.0
    share_500: float = 0.0
    retry_after: str = ""
    share_hang: float = 0.0
    share_garbage: float = 0.0
    share_reset: float = 0.0
    poison: str = ""
    fatal: str = ""
    is_draining: bool = False
    knows_tokens: bool = True
