"""What must not be recorded, and what stands in its place."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from apikley.contract.exchanges import Headers

KEY = "[key]"
WRONG_KEY = "[wrong key]"
QUERY = "redacted"

SHORTEST_KEY = 8
"""A shorter key cannot be told from other text."""

_KEPT = frozenset(
    {"accept", "allow", "cache-control", "content-encoding", "content-length", "content-type", "date", "host"}
    | {"retry-after", "server", "user-agent"}
)
# A link with a query, as it stands in a text: JSON, JSON in a string of JSON, HTML.
_LINK = re.compile(
    r"""(?P<head>https?:(?:\\*/){2}[^\s"'<>?\\]*(?:\\+/[^\s"'<>?\\]*)*)\?"""
    r"""(?P<query>(?:[^\s"'<>\\]|\\+/|\\+u[0-9a-fA-F]{4})+)""",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?<==)(?:(?!&|\\+u0026|#).)+|(?<=u003d)(?:(?!&|\\+u0026|#).)+", re.IGNORECASE)
# What signs a link has a name, also where the rest of the link is missing.
_SIGNED = re.compile(
    r"""(?P<name>\b(?:x-[a-z]+-[a-z-]+|[a-z_-]*(?:signature|token|credential|secret|password|api_?key)|sig|policy|"""
    r"""key-pair-id)(?:=|%3d|\\+u003d))(?:(?![&\s"'<>\\]|%26).)+""",
    re.IGNORECASE,
)


class Redactor:
    """Takes secrets out of what is recorded, by value and wherever they stand.

    The key is also found percent-encoded, escaped as in JSON or HTML, in hexadecimal and in Base64.
    """

    def __init__(self, key: str = "") -> None:
        self._pattern = _pattern(key) if key else None

    def text(self, text: str) -> str:
        """The text without the key, and links in it without the values of their queries."""
        return _SIGNED.sub(rf"\g<name>{QUERY}", _LINK.sub(_without_query, self.without_key(text)))

    def without_key(self, text: str) -> str:
        """The text without the key."""
        return self._pattern.sub(KEY, text) if self._pattern else text

    def content(self, content: bytes) -> bytes:
        """A body without secrets, whether it is text or not."""
        return self.text(content.decode("latin-1")).encode("latin-1")

    def headers(self, headers: Headers) -> Headers:
        """Those that say something to a judge. Cookies and whatever else might be private are left out."""
        kept = ((name, self.text(value)) for name, value in headers if name.lower() in _KEPT)
        return tuple(kept)


def _without_query(match: "re.Match[str]") -> str:
    query = match["query"]
    hidden = _VALUE.sub(QUERY, query)
    return f"{match['head']}?{hidden if hidden != query else QUERY}"


def _pattern(key: str) -> "re.Pattern[str]":
    forms = sorted({key, *_encoded(key)}, key=len, reverse=True)
    return re.compile("|".join("".join(map(_letter, form)) for form in forms), re.IGNORECASE)


def _encoded(key: str) -> Iterator[str]:
    """The key in hexadecimal, and what stands for it inside a text in Base64, at each of three offsets."""
    raw = key.encode()
    yield raw.hex()
    for before in range(3):
        # The letters at both ends depend on what stands beside the key.
        coded = base64.b64encode(b"\0" * before + raw).decode()
        first = (before * 8 + 5) // 6
        core = coded[first : (before + len(raw)) * 8 // 6]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _letter(letter: str) -> str:
    """A letter in each of the ways in which text is escaped."""
    code = ord(letter)
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in letter.encode())
    ways = [re.escape(letter), percent, rf"\\+u{code:04x}", rf"&\#{code};", rf"&\#x0*{code:x};"]
    if quote(letter, safe="") != letter:
        ways.append(rf"\\+{re.escape(letter)}")
    return f"(?:{'|'.join(ways)})"
