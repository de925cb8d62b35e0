"""Which pictures are ready."""

from collections import OrderedDict
from threading import Lock

from attrs import define, field

from apikley.mock.extras import mock_extra
from apikley.mock.tasks import Wish

_MAXIMUM_BYTES = 128 * 1024 * 1024


@define(eq=False, repr=False)
class Gallery:
    """Results are made when somebody first looks at them; those not looked at for longest go."""

    _made: OrderedDict[tuple[str, int], bytes] = field(factory=OrderedDict[tuple[str, int], bytes])
    _bytes: int = 0
    _lock: Lock = field(factory=Lock)

    def made(self, task_id: str, number: int) -> bytes | None:
        """A result that is ready."""
        key = (task_id, number)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def show(self, task_id: str, wish: Wish, number: int, source: bytes | str) -> bytes:
        """One result as a file. Making it takes milliseconds, in which others may look at theirs."""
        ready = self.made(task_id, number)
        if ready is not None:
            return ready
        with mock_extra():
            from apikley.mock import pictures  # noqa: PLC0415 - Pillow is needed by none who looks at no picture
        file = pictures.made(pictures.to_picture(wish, number, source))
        with self._lock:
            self._keep((task_id, number), file)
        return file

    def _keep(self, key: tuple[str, int], file: bytes) -> None:
        self._bytes += len(file) - len(self._made.pop(key, b""))
        self._made[key] = file
        while self._bytes > _MAXIMUM_BYTES and len(self._made) > 1:
            _, oldest = self._made.popitem(last=False)
            self._bytes -= len(oldest)
