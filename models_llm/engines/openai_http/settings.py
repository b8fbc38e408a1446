"""Settings of served models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from annotations.sentences import sentence as _
from models_llm.errors import EngineError

_PRICED: Final = ("prompt", "cached", "completion")
# Nothing that two readers of addresses could take apart differently: what was allowed must be what is asked.
_HOST: Final = re.compile(r"[\w.:-]+")


_URLS: Final = "engine_settings.urls"


@dataclass(frozen=True)
class OpenAIHTTPSettings:
    """Settings of a served model.

    Attributes:
        url, urls: one server, or several that serve the same model; each is the server's root or its `/v1`.
        least_concurrency, most_concurrency: between these the requests open on one server are adapted to it.
        timeout_s: for one attempt, from sending it to the end of its answer.
        deadline_s: for a whole request with its attempts and the waits between them, from the moment it is first
            let out to a server. Waiting for that moment does not count: a long run waits long.
        max_attempts: with the first. Refusals that say "too many requests" are none: the server is left alone for as
            long as it asks, and the request goes on to wait, until its deadline. Nor is it one where nobody was there
            to see the request.
        backoff_s: wait after a first fault; doubled for each further one.
        breaker_failures: failures of a server in a row after which it is left alone for a while.
        outage_s: how long requests wait while no server takes any: each is away, ill, draining, or refuses all. What
            waits then is no failure of its item: the run pauses.
        health_s: between two looks at a server's `/health`, while it is in use; 0 never looks.
        json_schema: whether the server is asked to hold the reply to the prompt's schema.
        top_logprobs: how many of its likeliest tokens a server is asked for that does not weigh labels by token id;
            many allow 20, some 5.
        prices: of a million tokens, by `prompt`, `cached` and `completion`; `cached` costs as `prompt` unless given.
    """

    url: str = ""
    urls: tuple[str, ...] = ()
    least_concurrency: int = 4
    most_concurrency: int = 256
    timeout_s: float = 120.0
    deadline_s: float = 900.0
    max_attempts: int = 5
    backoff_s: float = 0.5
    breaker_failures: int = 5
    outage_s: float = 120.0
    health_s: float = 5.0
    json_schema: bool = True
    top_logprobs: int = 20
    prices: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.urls):
            raise EngineError(_("a served model has a url, or urls: one of the two"), about=_URLS)
        for url in self.servers:
            _check_url(url)
        if len(set(self.servers)) < len(self.servers):
            raise EngineError(
                _("the urls of a served model are different servers; one stands there twice"), about=_URLS
            )
        if not 1 <= self.least_concurrency <= self.most_concurrency:
            raise EngineError(_("expected 1 <= least_concurrency <= most_concurrency for a served model"))
        for name in ("max_attempts", "breaker_failures", "timeout_s", "deadline_s", "top_logprobs"):
            if getattr(self, name) <= 0:
                raise EngineError(
                    _("%(name)s of a served model is above 0, got %(came)s", name=name, came=getattr(self, name))
                )
        for name in ("backoff_s", "outage_s", "health_s"):
            if getattr(self, name) < 0:
                raise EngineError(
                    _("%(name)s of a served model is not below 0, got %(came)s", name=name, came=getattr(self, name))
                )
        _check_prices(self.prices)

    @property
    def servers(self) -> tuple[str, ...]:
        """The root of each server, without `/v1`."""
        return tuple(map(_root, self.urls or (self.url,)))


def server_urls(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The servers that an engine's configuration names; none, for an engine that is not served."""
    return tuple(str(url) for url in [config.get("url"), *(config.get("urls") or ())] if url)


def check_hosts(urls: Sequence[str], *, allowed: Sequence[str]) -> None:
    """Refuse servers that a deployment does not allow.

    Args:
        allowed: patterns such as `*.example.org` or `10.0.0.7:8000`, compared with host and with host:port; all are
            allowed where there is none.
    Raises: EngineError, which says what is allowed, or that a url is none.
    """
    for url in urls if allowed else ():
        _check_url(url)
        host = f"{urlsplit(url).hostname}"
        named = (host, f"{host}:{_port(urlsplit(url))}")
        if not any(fnmatchcase(name, pattern.lower()) for name in named for pattern in allowed):
            raise EngineError(
                _(
                    "judges may not be served from %(host)s here; allowed by JUDGE_ALLOWED_HOSTS: %(allowed)s",
                    host=named[1],
                    allowed=", ".join(allowed),
                ),
                about=_URLS,
            )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_whole = (
            parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or "")) and _port(parts) > 0
        )
    except ValueError:
        is_whole = False
    if not is_whole:
        raise EngineError(
            _("the url of a served model starts with http:// or https:// and a host, got “%(url)s”", url=url),
            about=_URLS,
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        # Settings are stored and shown, so the text of this url must not be in the message either.
        raise EngineError(
            _(
                "the url of a served model at %(host)s has a user, a password or a query in it: a key belongs "
                "into JUDGE_API_KEY",
                host=parts.hostname,
            ),
            about=_URLS,
        )


def _root(url: str) -> str:
    return url.rstrip("/").removesuffix("/chat/completions").removesuffix("/v1")


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _check_prices(prices: Mapping[str, float]) -> None:
    is_list = isinstance(prices, Mapping) and set(prices) <= set(_PRICED)
    if not is_list or not all(type(price) in (int, float) and price >= 0 for price in prices.values()):
        raise EngineError(
            _(
                "prices of a served model are numbers for %(known)s, got %(came)s",
                known=", ".join(_PRICED),
                came=repr(prices),
            )
        )
