"""The service in memory: what it would answer, from its document alone.

from apikley.mock import Mock, MockTransport, polls

mock = Mock(scenario=polls(2))
with httpx.Client(transport=MockTransport(mock), base_url="https://api.apikley.ru") as client:
    ...
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apikley.mock.asgi import App
    from apikley.mock.clock import VirtualClock
    from apikley.mock.deliveries import Delivery
    from apikley.mock.document import Document
    from apikley.mock.engine import Mock
    from apikley.mock.exchanges import Exchange
    from apikley.mock.faults import Fault
    from apikley.mock.nodes import DocumentError
    from apikley.mock.replies import Reply
    from apikley.mock.requests import Request
    from apikley.mock.scenario import Failure, Scenario, lasts, polls
    from apikley.mock.server import running, serve
    from apikley.mock.transport import MockTransport

_HOMES = {
    "App": "asgi",
    "Delivery": "deliveries",
    "Document": "document",
    "DocumentError": "nodes",
    "Exchange": "exchanges",
    "Failure": "scenario",
    "Fault": "faults",
    "Mock": "engine",
    "MockTransport": "transport",
    "Reply": "replies",
    "Request": "requests",
    "Scenario": "scenario",
    "VirtualClock": "clock",
    "lasts": "scenario",
    "polls": "scenario",
    "running": "server",
    "serve": "server",
}

__all__ = [
    "App",
    "Delivery",
    "Document",
    "DocumentError",
    "Exchange",
    "Failure",
    "Fault",
    "Mock",
    "MockTransport",
    "Reply",
    "Request",
    "Scenario",
    "VirtualClock",
    "lasts",
    "polls",
    "running",
    "serve",
]


def __getattr__(name: str) -> object:
    """Import what is asked for: who wants the transport needs no server, who wants the server no httpx."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from apikley.mock.extras import mock_extra  # noqa: PLC0415

    with mock_extra():
        value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
