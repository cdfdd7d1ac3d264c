"""Requests to addresses that others chose, and to nothing within our own network."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

import httpx

IPAddress: TypeAlias = IPv4Address | IPv6Address


_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052."""


def is_public(address: IPAddress) -> bool:
    """Reachable for everybody. An IPv4 address in the clothes of IPv6 is what it is inside."""
    if isinstance(address, IPv6Address):
        inside = IPv4Address(int(address) % 2**32) if address in _NAT64 else address.ipv4_mapped or address.sixtofour
        address = inside or address
    return address.is_global and not address.is_multicast


class PublicTransport(httpx.AsyncBaseTransport):
    """Looks a name up once, and connects to what was looked at: a name that answers otherwise the next time gains nothing."""

    def __init__(self, transport: httpx.AsyncBaseTransport, allowed: Callable[[IPAddress], bool] = is_public) -> None:
        self._transport, self._allowed = transport, allowed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = next(filter(self._allowed, await _addresses(host)), None) if host else None
        if address is None:
            raise httpx.UnsupportedProtocol("no public address", request=request)
        # The name stays in the header Host, and TLS proves it.
        request.url = request.url.copy_with(host=str(address))
        request.extensions["sni_hostname"] = host
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


async def _addresses(host: str) -> Iterable[IPAddress]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError("the name cannot be looked up") from error
    return (ip_address(address[0]) for *_, address in found)
