"""What becomes of a request to a receiver, whatever server it came through."""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager

from attrs import field, frozen

from apikley import callbacks
from apikley.callbacks import Callback
from apikley.errors import CallbackRejected
from apikley.receiving.answers import (
    BUSY,
    FAILED,
    NOT_HERE,
    ONLY_POST,
    RECEIVED,
    REJECTIONS,
    TOO_LARGE,
    TOO_SLOW,
    Answer,
)
from apikley.receiving.memory import Memory
from apikley.signatures import Headers, Text, to_key

PATIENCE = 15.0
"""Seconds for a body to arrive: as long as the service waits for an answer."""
REMEMBERED = 4096
"""How many callbacks are remembered, so that none is handed on twice."""

log = logging.getLogger("apikley.receiving")


@frozen
class Errand:
    """A callback that is to be handed on now, and the name under which it is remembered."""

    callback: Callback
    name: Hashable


@frozen(eq=False)
class Desk:
    """What a receiver goes by. Its values are those of `asgi_receiver`."""

    key: Text | None = field(repr=False)
    path: str
    limit: int
    patience: float
    duplicates: bool
    now: Callable[[], float]
    memory: Memory

    @classmethod
    def open(
        cls,
        *,
        key: Text | None,
        path: str,
        limit: int,
        patience: float,
        duplicates: bool,
        now: Callable[[], float] | None,
    ) -> "Desk":
        """A desk with an empty memory; raises `ValueError` for an empty key."""
        if key is not None:
            to_key(key)
        # What is imported when it is first used is not to keep a caller waiting.
        callbacks.read(*callbacks.write("first"))
        return cls(key, path.strip("/"), limit, patience, duplicates, now or time.time, Memory(REMEMBERED))

    def turned_away(self, method: str, path: str, length: str) -> Answer | None:
        """What is answered before any of the body is read; None if it is to be read."""
        if path.strip("/") != self.path:
            return NOT_HERE
        if method != "POST":
            return ONLY_POST
        if to_length(length) > self.limit:
            return self.too_large()
        return None

    def too_large(self) -> Answer:
        """The answer to a body beyond the limit, noted in the log."""
        log.warning("callback rejected: the body has more than %d bytes", self.limit)
        return TOO_LARGE

    def too_slow(self) -> Answer:
        """The answer to a body that did not arrive in time, noted in the log."""
        log.warning("callback rejected: the body took more than %.3g s", self.patience)
        return TOO_SLOW

    def to_errand(self, headers: Headers, body: bytes, query: str) -> Errand | Answer:
        """What is to be handed on; an answer if nothing is. Whoever takes an errand must end it with `dealing`."""
        try:
            callback = callbacks.read(
                headers, body, key=self.key, now=self.now(), url=f"?{query}", limit=self.limit
            )
        except CallbackRejected as error:
            log.warning("callback rejected: %s", error)
            return REJECTIONS[error.status]
        name = object() if self.duplicates else _name(callback, body)
        match self.memory.begin(name):
            case "done":
                return RECEIVED
            case "under way":  # a yes would be a promise that the handler may yet break
                return BUSY
            case "new":
                return Errand(callback, name)

    @contextmanager
    def dealing(self, errand: Errand) -> Generator[list[Answer]]:
        """Holds the answer after a block that hands the callback on, whatever the handler raises."""
        answers: list[Answer] = []
        try:
            with self.memory.dealing(errand.name):
                yield answers
        except Exception:
            log.exception("the handler failed on the callback of task %s", errand.callback.task_id)
            answers.append(FAILED)
        else:
            answers.append(RECEIVED)


def to_length(text: str) -> int:
    """The bytes that a Content-Length tells; -1 if it tells none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else -1


def _name(callback: Callback, body: bytes) -> Hashable:
    """What makes two callbacks the same.

    One that is not signed is another if its body is: else a forged one would keep out the true one.
    """
    return callback.task_id, callback.code, b"" if callback.is_signed else hashlib.sha256(body).digest()
