"""How a result arrives: whole, in one attempt or in several, or not at all."""

import hashlib
import logging
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from apikley import media, pictures
from apikley.edits import EditedImage
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    Unreachable,
)
from apikley.files import WholeFile, with_suffix

MAXIMUM_BYTES = 64 * 1024 * 1024
"""Of a picture."""
MAXIMUM_FILE_BYTES = 1024 * 1024 * 1024
"""Of a file of a model that makes something else."""
SLOWEST = 10_000
"""How many bytes must come in a second, on the average of an attempt, once `SETTLED` seconds have passed."""
SETTLED = 10.0
# Below 500, and yet no word on the link: too slow, too early, maintenance.
_PASSING = frozenset({408, 425, 455})
_PART = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")

logger = logging.getLogger("apikley")


class Incoming:
    """A result while it arrives: into a file that gets its name only when all of it is right, or into memory.

    An attempt is a `begin_attempt`, a `begin` where there is an answer with headers, a `take` for each piece, and a
    `finish`. What breaks off is resumed in the next attempt, if the server tells that it is still the same file; else
    it begins anew. Nothing is on the disk before the first piece.
    """

    def __init__(
        self, url: str, target: Path | None, *, replaces: bool = True, of_any_kind: bool = False
    ) -> None:
        self.url = url
        self._target = target
        self._replaces = replaces
        self._of_any_kind = of_any_kind
        self._file: WholeFile | None = None
        self._got = _Got()
        self._attempt = _Attempt()

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self._got.size

    def begin_attempt(self, time: float, patience: float) -> dict[str, str]:
        """The headers that ask for what is still missing, in an attempt from `time` on the driver's clock.

        `patience` is how many seconds it may last.
        """
        if self._got.validator is None or self._got.is_complete:
            self._start_over()
        self._attempt = _Attempt(deadline=time + patience, since=time, size=self._got.size)
        if self._got.validator is None or not self._got.size:
            return {}
        return {"Range": f"bytes={self._got.size}-", "If-Range": self._got.validator}

    def begin(self, status: int, headers: Mapping[str, str], time: float) -> None:
        """Hear what the answer says of itself; raises `RequestRefused`, `AnswerUnreadable` or `Unreachable`."""
        if self._got.size and status in {206, 416}:
            self._resume(status, headers)
        elif status == 200:
            self._start_over()
            self._got.validator = _validator(headers)
            self._got.total = self._got.end = _number(headers.get("content-length", ""))
        else:
            raise _problem(status)
        if (encoding := headers.get("content-encoding", "identity")) != "identity":
            raise AnswerUnreadable(f"the result is encoded as {encoding}")
        self._check_size(self._got.total or 0)
        self._attempt = evolve(self._attempt, since=time, size=self._got.size)

    def take(self, piece: bytes, time: float) -> None:
        """Take the next piece; raises `AnswerUnreadable` or `Unreachable`."""
        got = self._got
        got.add(piece)
        if got.end is not None and got.size > got.end:
            self._start_over()
            raise Unreachable(f"more of the result came than the {got.end} bytes announced", maybe_sent=True)
        self._check_size(got.size)
        if got.size >= pictures.HEAD_LENGTH:
            self._kind()  # a page in place of the result is not read to its end
        if self._target is None:
            got.memory += piece
        else:
            self._file = self._file or WholeFile(self._target, replaces=self._replaces)
            self._file.write(piece)
        if not got.is_complete and self._attempt.is_too_slow(got.size, time):
            raise Unreachable(f"the result came too slowly: {got.size} bytes by then", maybe_sent=True)

    def finish(self) -> EditedImage:
        """Keep the result; raises `AnswerUnreadable` if it is none, `Unreachable` if it is not all of one."""
        if self._got.is_torn:
            raise Unreachable(f"the result breaks off after {self._got.size} bytes", maybe_sent=True)
        kind = self._kind()
        path = None
        if self._file is not None and self._target is not None:
            path = self._file.keep(with_suffix(self._target, media.suffix(kind)))
            if not media.is_suffix(path.suffix, kind):
                logger.warning("%s is %s, whatever its name says", path, kind)
        return EditedImage(
            url=self.url,
            media_type=kind,
            size=self._got.size,
            sha256=self._got.sum.hexdigest(),
            path=path,
            content=bytes(self._got.memory) if path is None else None,
        )

    def close(self) -> None:
        """Leave nothing behind of a result that was not kept."""
        if self._file is not None:
            self._file.drop()

    def _start_over(self) -> None:
        self._got = _Got()
        if self._file is not None:
            self._file.clear()

    def _resume(self, status: int, headers: Mapping[str, str]) -> None:
        """Make sure that what comes is the rest of what is there: no other offset, length or version of the file."""
        part = _PART.fullmatch(headers.get("content-range", "").strip())
        got = self._got
        if (
            status == 206
            and part is not None
            and int(part[1]) == got.size
            and _validator(headers) == got.validator
        ):
            total = _number(part[3]) or got.total
            if got.total in {None, total}:
                got.total, got.end = total, int(part[2]) + 1
                return
        self._start_over()
        raise Unreachable(f"the result cannot be resumed after {got.size} bytes", maybe_sent=True)

    def _kind(self) -> str:
        head = self._got.head
        if (picture := pictures.media_type(head)) is not None:
            return picture
        if self._of_any_kind and not media.is_page(head):
            return media.media_type(head)
        what = "file" if self._of_any_kind else "picture"
        begins = head[: pictures.HEAD_LENGTH]
        raise AnswerUnreadable(f"the result is no {what}: it begins with {begins!r}", content=head)

    def _check_size(self, size: int) -> None:
        maximum = MAXIMUM_FILE_BYTES if self._of_any_kind else MAXIMUM_BYTES
        if size > maximum:
            raise AnswerUnreadable(f"the result is larger than {maximum} bytes")


@define
class _Got:
    """What has come so far of which version of the file, and how many bytes the server says that this has."""

    validator: str | None = None
    total: int | None = None
    end: int | None = None
    """How many there are at most once all of the answer has come, by its word."""
    size: int = 0
    head: bytes = b""
    tail: bytes = b""
    sum: Any = field(factory=hashlib.sha256)
    memory: bytearray = field(factory=bytearray)
    """Empty where there is a file."""

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self.head = (self.head + piece)[: media.HEAD_LENGTH]
        self.tail = (self.tail + piece)[-pictures.TAIL_LENGTH :]
        self.sum.update(piece)

    @property
    def is_complete(self) -> bool:
        return self.total is not None and self.size >= self.total

    @property
    def is_torn(self) -> bool:
        """Whether the end is missing, by the server's word or by what a picture of its kind ends in."""
        if self.total is not None and self.size < self.total:
            return True
        if self.size < pictures.HEAD_LENGTH and pictures.may_become_one(self.head):
            return True
        kind = pictures.media_type(self.head)
        return kind is not None and not pictures.is_whole(kind, self.head, self.tail, self.size)


@frozen
class _Attempt:
    """When an attempt must be over, when its first byte may have come, and how much there was by then."""

    deadline: float = 0.0
    since: float = 0.0
    size: int = 0

    def is_too_slow(self, size: int, time: float) -> bool:
        elapsed = time - self.since
        return time > self.deadline or (elapsed > SETTLED and size - self.size < SLOWEST * elapsed)


def _validator(headers: Mapping[str, str]) -> str | None:
    """What tells one version of a file from the next (RFC 9110, 8.8): its strong ETag, or the time of its last change.

    None where the server says neither, or where it may have changed again within the second.
    """
    if etag := headers.get("etag", "").strip():
        return None if etag.startswith("W/") else etag
    changed = headers.get("last-modified", "").strip()
    try:
        settled = parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(changed)
    except (TypeError, ValueError):
        return None
    return changed if settled.total_seconds() >= 1 else None


def _problem(status: int) -> ApikleyError:
    passes = status >= 500 or status in _PASSING
    kind = RateLimited if status == 429 else ServiceUnavailable if passes else RequestRefused
    return kind(f"the result's link answered HTTP {status}", status)


def _number(digits: str) -> int | None:
    return int(digits) if re.fullmatch(r"\d{1,18}", digits) else None
