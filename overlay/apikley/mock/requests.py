"""What comes to the mock."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from attrs import evolve, field, frozen

_KEPT = 65_536


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _without_key(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "[hidden]" if name == "authorization" else value for name, value in headers.items()}


@frozen
class Request:
    """A request as every door hands it in. `path` is decoded, `query` is not; `origin` is scheme and host."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(
        factory=dict[str, str], converter=_lower, repr=lambda headers: str(_without_key(headers))
    )
    body: bytes = b""
    origin: str = "http://mock"

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str], body: bytes) -> "Request":
        """From a whole URL."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(method.upper(), unquote(parts.path), parts.query, headers, body, origin)

    def logged(self) -> "Request":
        """Without the key and without more of the body than a log should hold."""
        return evolve(self, headers=_without_key(self.headers), body=self.body[:_KEPT])
