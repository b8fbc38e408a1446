"""One request to an address that a lead named, and that is not to be trusted."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from django.utils.translation import gettext as _

from annotations.errors import WebhookError

MOST_REPLY_BYTES: Final = 4_000
LONGEST_URL: Final = 500
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Reply:
    """What came back. `status_code` is None where nothing did; `error` says why it does not count as taken."""

    status_code: int | None
    text: str
    error: str

    @property
    def is_taken(self) -> bool:
        return not self.error


def check_url(url: str) -> None:
    """Raises: WebhookError, if nothing may be sent there. A name is looked up only when something is sent."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise WebhookError(_("expected an address, got “%(url)s”") % {"url": url}) from err
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST_URL or not url.isascii():
        raise WebhookError(
            _("expected https:// or http:// and an address of at most %(n)d ASCII characters, got “%(url)s”")
            % {"n": LONGEST_URL, "url": url[:LONGEST_URL]}
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookError(_("expected an address without a name, a password or a part after #"))
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        is_here = host == "localhost" or host.endswith(".localhost")
        if is_here and not _is_allowed(host, port):
            raise _refused(host) from None
    else:
        if not _is_public(str(address)) and not _is_allowed(host, port):
            raise _refused(host)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send it once. No redirect is followed, and no name that stands for this machine or a private network."""
    try:
        check_url(url)
    except WebhookError as err:
        return Reply(None, "", str(err))
    return asyncio.run(_post(url, body, headers))


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    timeout = aiohttp.ClientTimeout(total=settings.WEBHOOK_TIMEOUT_S)
    connector = aiohttp.TCPConnector(resolver=_PublicResolver(), force_close=True)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return _reply(response.status, await _read(response))
    except TimeoutError:
        return Reply(None, "", _("no answer within %(n)d s") % {"n": settings.WEBHOOK_TIMEOUT_S})
    except (aiohttp.ClientError, OSError, ValueError) as err:
        return Reply(None, "", f"{type(err).__name__}: {err}"[:MOST_REPLY_BYTES])


class _PublicResolver(AbstractResolver):
    """Names as the system resolves them, without the addresses that nothing is sent to.

    What it gives is what is connected to: a name that is looked up twice could be another address the second time.
    """

    def __init__(self) -> None:
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        if _is_allowed(host, port):
            return found
        public = [address for address in found if _is_public(address["host"])]
        if not public:
            raise OSError(str(_refused(host)))
        return public

    async def close(self) -> None:
        await self._system.close()


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return address.is_global and not address.is_multicast


def _is_allowed(host: str, port: int | None) -> bool:
    names = (host.lower(), f"{host.lower()}:{port}")
    patterns: Sequence[str] = settings.WEBHOOK_PRIVATE_HOSTS
    return any(fnmatchcase(name, pattern.lower()) for name in names for pattern in patterns)


def _refused(host: str) -> WebhookError:
    return WebhookError(
        _("nothing is sent to %(host)s: it is this machine or a private network; WEBHOOK_PRIVATE_HOSTS can allow it")
        % {"host": host}
    )


def _reply(status: int, content: bytes) -> Reply:
    text = content.decode("utf-8", "replace").replace("\x00", "�")
    if 200 <= status < 300:
        return Reply(status, text, "")
    if 300 <= status < 400:
        return Reply(status, text, _("redirects are not followed: give the address that it leads to"))
    return Reply(status, text, _("expected a status of 200 to 299"))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body; the rest is nobody's concern."""
    content = b""
    async for part in response.content.iter_any():
        content += part
        if len(content) >= MOST_REPLY_BYTES:
            break
    return content[:MOST_REPLY_BYTES]
