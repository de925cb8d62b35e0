"""Which pictures have been uploaded already, and where they are."""

from collections import OrderedDict
from threading import Lock

LIFETIME = 20 * 3600.0
"""Seconds for which a link is trusted: the service keeps uploads for a day at least."""
_ROOM = 10_000


class Uploads:
    """The links of pictures by the SHA-256 digest of their content. Threads may share one."""

    def __init__(self) -> None:
        self._links: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = Lock()

    def find(self, sha256: str, now: float) -> str | None:
        """Where that content is, if it still is."""
        with self._lock:
            link, until = self._links.get(sha256, ("", now))
            return link if now < until else None

    def keep(self, sha256: str, link: str, now: float) -> None:
        """Remember where that content is."""
        with self._lock:
            self._links[sha256] = link, now + LIFETIME
            if len(self._links) > _ROOM:
                self._links.popitem(last=False)
