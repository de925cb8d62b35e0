"""The service in memory: what it would answer, from its document alone.

from apikley.mock import Mock, MockTransport, polls

mock = Mock(scenario=polls(2))
with httpx.Client(transport=MockTransport(mock), base_url="https://api.apikley.ru") as client:
    ...
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apikley.mock.asgi import App as App
    from apikley.mock.document import Document as Document
    from apikley.mock.engine import Mock as Mock
    from apikley.mock.nodes import DocumentError as DocumentError
    from apikley.mock.replies import Reply as Reply
    from apikley.mock.requests import Request as Request
    from apikley.mock.scenario import Scenario as Scenario
    from apikley.mock.scenario import lasts as lasts
    from apikley.mock.scenario import polls as polls
    from apikley.mock.server import running as running
    from apikley.mock.server import serve as serve
    from apikley.mock.transport import MockTransport as MockTransport

_HOMES = {
    "App": "asgi",
    "Document": "document",
    "DocumentError": "nodes",
    "Mock": "engine",
    "MockTransport": "transport",
    "Reply": "replies",
    "Request": "requests",
    "Scenario": "scenario",
    "lasts": "scenario",
    "polls": "scenario",
    "running": "server",
    "serve": "server",
}

__all__ = [*_HOMES]  # noqa: PLE0604


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
    return sorted({*globals(), *_HOMES})
