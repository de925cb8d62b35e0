"""What comes to the mock."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from attrs import define, field
from attrs.setters import NO_OP

MAXIMUM_BODY = 32 * 1024 * 1024
"""How many bytes an operation reads of a body; a longer one is refused."""
SHORT = 65_536
"""How many bytes of a body are read in no time; the log holds no more of one."""


class Lowered(dict[str, str]):
    """Headers whose names are in small letters already."""


def _lower(headers: Mapping[str, str]) -> Lowered:
    if isinstance(headers, Lowered):
        return headers
    return Lowered({name.lower(): value for name, value in headers.items()})


def _without_key(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {**headers, "authorization": "[hidden]"} if "authorization" in headers else {**headers}


@define(on_setattr=NO_OP)  # one a request, as an order
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

    @property
    def is_own_picture(self) -> bool:
        """Whether the mock's own page shows a file: browsers let no page lie about that."""
        said = self.headers
        return said.get("sec-fetch-dest") == "image" and said.get("sec-fetch-site") == "same-origin"

    def logged(self) -> "Request":
        """Without the key and without more of the body than a log should hold."""
        hidden = _without_key(self.headers)
        return Request(self.method, self.path, self.query, hidden, self.body[:SHORT], self.origin)
