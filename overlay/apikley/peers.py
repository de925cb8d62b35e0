"""Which machines a result may be fetched from.

A link in an answer could lead into the user's own network. Names say nothing, since they may stand for any address: so
the machine that was really connected to is looked at, before a byte is sent. A connection that somebody else has made
and left open cannot be looked at any more, and is not used.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx
from attrs import define, field, frozen

from apikley.errors import AnswerUnreadable, Unreachable


@frozen
class Peers:
    """The rule for one client. Whoever reaches the API at a private address has its results there as well."""

    api_host: str
    met: set[str] = field(factory=set[str], eq=False, repr=False)
    """The hosts that connections were made for, and looked at."""

    @classmethod
    def of(cls, base_url: str, pool: object = None) -> "Peers":
        """The rule for an API at that address. What is met by one client is met by all that share its `pool`."""
        peers = cls(urlsplit(base_url).hostname or "")
        return peers if pool is None else _of_pools.setdefault(pool, {}).setdefault(peers.api_host, peers)

    def attach(self, request: httpx.Request) -> None:
        """A request hook of httpx: has the connection's peer looked at."""
        request.extensions["trace"] = _Look(self, request.url.host).step

    async def attach_awaiting(self, request: httpx.Request) -> None:
        """The same for an awaiting client."""
        request.extensions["trace"] = _Look(self, request.url.host).step_awaited

    def check(self, host: str, address: str) -> None:
        """Refuse a private address; raises `AnswerUnreadable`."""
        peer = _address(address)
        if peer is None or peer.is_global or host == self.api_host:
            return
        if peer.is_loopback and is_loopback(self.api_host):
            return
        raise AnswerUnreadable(f"the result's link leads to a private address: {host} is {address}")

    def check_met(self, host: str) -> None:
        """Refuse a connection that was not made for us.

        Raises `Unreachable`: httpx closes what is refused, so that the next attempt connects anew.
        """
        if host not in self.met and host != self.api_host:
            sentence = f"the result's link leads to {host} by a connection that somebody else has made"
            raise Unreachable(sentence, maybe_sent=False)


def is_loopback(host: str) -> bool:
    """Whether a host of that name is this machine itself."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


@define
class _Look:
    """One request on its way. A proxy is connected to under another name than the request's, and is the user's own."""

    peers: Peers
    host: str
    connects_to: str = ""

    def step(self, name: str, details: Mapping[str, Any]) -> None:
        """Hear of a step of the transport; a connection that is refused is closed."""
        try:
            self._hear(name, details)
        except AnswerUnreadable:
            if connection := details.get("return_value"):
                connection.close()
            raise

    async def step_awaited(self, name: str, details: Mapping[str, Any]) -> None:
        """The same where steps are awaited."""
        try:
            self._hear(name, details)
        except AnswerUnreadable:
            if connection := details.get("return_value"):
                await connection.aclose()
            raise

    def _hear(self, name: str, details: Mapping[str, Any]) -> None:
        if name == "connection.connect_tcp.started":
            host = details["host"]
            self.connects_to = host.decode() if isinstance(host, bytes) else str(host)
        elif name.startswith("connection.connect_") and name.endswith(".complete"):
            peer = details["return_value"].get_extra_info("server_addr")
            if peer and self.connects_to == self.host:
                self.peers.check(self.host, str(peer[0]))
            self.peers.met.add(self.host)
        elif name.endswith("send_request_headers.started"):
            self.peers.check_met(self.host)


_of_pools: WeakKeyDictionary[object, dict[str, Peers]] = WeakKeyDictionary()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:  # a socket of the file system
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
