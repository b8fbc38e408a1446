"""Requests on the wire."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import aiohttp

from annotations.sentences import sentence as _
from models_llm.engines.openai_http.faults import Fault, Kind, fault_of_status

LARGEST_ANSWER: Final = 16 * 1024 * 1024
_CONNECT_S: Final = 10.0
_HEALTH_S: Final = 5.0
# uvicorn, under vLLM and others, closes what is idle for 5 s: a request sent at that moment would be lost.
_KEEP_ALIVE_S: Final = 4.0


class Transport:
    """One pool of connections for all servers of an engine. It sends the key and says it to nobody else."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> bytes | Fault:
        """The body of a good answer, or what went wrong."""
        try:
            timeout = _timeout(timeout_s)
            async with self._opened().post(url, data=body, timeout=timeout, allow_redirects=False) as response:
                content = await _read(response)
                if response.status == 200:
                    return content
                return fault_of_status(response.status, response.headers, self.redacted(_text(content)))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as err:
            return self._unanswered(err, Kind.AWAY)
        except TimeoutError:
            return Fault(
                _("no answer from the server within %(seconds)s s", seconds=f"{timeout_s:g}"),
                Kind.BROKEN,
                is_overload=True,
            )
        except (aiohttp.ClientError, OSError) as err:
            return self._unanswered(err, Kind.BROKEN)

    async def status(self, url: str) -> int | str:
        """Status of the answer to a GET, or why there was none."""
        try:
            timeout = aiohttp.ClientTimeout(total=_HEALTH_S)
            async with self._opened().get(url, timeout=timeout, allow_redirects=False) as response:
                return response.status
        except TimeoutError:
            return _("no answer to a look at its health within %(seconds)s s", seconds=f"{_HEALTH_S:g}")
        except (aiohttp.ClientError, OSError) as err:
            return self.redacted(f"no answer to a look at its health: {type(err).__name__}: {err}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def redacted(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._api_key, "[key]") if self._api_key else text

    def _unanswered(self, err: Exception, kind: Kind) -> Fault:
        return Fault(
            self.redacted(_("no answer from the server: %(kind)s: %(fault)s", kind=type(err).__name__, fault=err)), kind
        )

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first request: it belongs to the loop that it is made on.
        if self._session is None:
            headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
            if self._api_key:
                headers["Authorization"] = f"Bearer {self._api_key}"
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=headers,
            )
        return self._session


@lru_cache(maxsize=64)
def _timeout(total_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total_s, sock_connect=_CONNECT_S)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, if it is not too large."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            raise aiohttp.ClientPayloadError(f"the answer is longer than {LARGEST_ANSWER} bytes")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _text(content: bytes) -> str:
    return content[:1000].decode("utf-8", "replace")
