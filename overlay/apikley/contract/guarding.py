"""What stands between a run and the service, and lets nothing pass that the plan has not stated."""

import httpx

from apikley.contract.document import Document
from apikley.contract.exchanges import to_json
from apikley.errors import ApikleyError

# Longer bodies could hide something.
_LONGEST_HARMLESS = 200
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class PlanExceeded(ApikleyError):  # noqa: N818  # its name says what happened
    """A request would have gone beyond the plan. It was not sent."""


class Guard(httpx.BaseTransport):
    """A transport that counts what may create a task, and raises PlanExceeded before number n + 1 is sent.

    creates: how many requests may reach the operation that creates tasks, all told and by whatever method
    paid: how many of them may say something from which a task could be made

    A request is sent once. What could be a createTask under another name counts as one, and the key goes to no
    other host than the API's.
    """

    def __init__(
        self, inner: httpx.BaseTransport, document: Document, base_url: str, *, creates: int, paid: int
    ) -> None:
        self._inner = inner
        self._document = document
        self._base = httpx.URL(base_url)
        self.creates_left = creates
        self.paid_left = paid
        self.creates_sent = 0
        self.paid_sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        is_ours = _origin(request.url) == _origin(self._base)
        if "authorization" in request.headers and not is_ours:
            raise PlanExceeded(f"a key would have gone to {request.url.host}")
        if not is_ours and request.method != "GET":
            raise PlanExceeded(f"{request.method} would have gone to {request.url.host}")
        if is_ours and self._may_create(request):
            self._count(body, request.url.query)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()

    def _may_create(self, request: httpx.Request) -> bool:
        """Whether anything else than a request that surely creates nothing: in doubt, it counts.

        Whoever reads elsewhere creates nothing, but what a service does where tasks are created is its own affair.
        """
        if request.method in _READING:
            return self._document.operation("create-task").path.lower() in request.url.path.lower()
        prefix = self._base.raw_path.decode("ascii").rstrip("/")
        path = request.url.raw_path.decode("ascii").removeprefix(prefix)
        return path not in {each.path for each in self._document.operations() if each.does != "create-task"}

    def _count(self, *said: bytes) -> None:
        could_start = not all(is_harmless(self._document, each) for each in said)
        if self.creates_left < 1 or (could_start and self.paid_left < 1):
            what = "another task" if could_start else "another createTask"
            raise PlanExceeded(f"{what} than the plan states would have been asked for; nothing was sent")
        # Counted before it is sent: whatever becomes of it, it is not sent again.
        self.creates_left -= 1
        self.creates_sent += 1
        self.paid_left -= could_start
        self.paid_sent += could_start


def is_harmless(document: Document, body: bytes) -> bool:
    """Whether no task can be made from a body, even by a service that takes everything.

    It names no model, none of the fields that a task's input has, and no address. An escaped text could hide
    one of these, so it has no backslash either.
    """
    if len(body) > _LONGEST_HARMLESS:
        return False
    text = body.decode("utf-8", "replace").lower()
    told = [word.lower() for name, fields in document.models() for word in (name, *fields)]
    return not any(word in text for word in ("\\", "://", "data:", *told)) and _has_no_text(to_json(body))


def _has_no_text(value: object) -> bool:
    """Whether an input, if there is one, is empty: a sentence could be taken for a prompt."""
    return not isinstance(value, dict) or not value.get("input")  # pyright: ignore[reportUnknownMemberType]


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
