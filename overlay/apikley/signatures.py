"""Whether a callback was sent by somebody who knows the key.

A signature covers the task's id and the time, not the body: it proves that the service spoke of this task, and
nothing of what it said.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from typing import Protocol, TypeAlias, runtime_checkable

from attrs import field, frozen

from apikley.errors import CallbackRejected

TIMESTAMP = "X-Webhook-Timestamp"
"""The header with the Unix time, in whole seconds."""
SIGNATURE = "X-Webhook-Signature"
"""The header with the Base64 of the HMAC-SHA256 of `task id.timestamp`."""
WINDOW = 300.0
"""How far the timestamp may be from now, in seconds and either way."""

Text: TypeAlias = str | bytes


@runtime_checkable
class HasItems(Protocol):
    """Headers as most frameworks have them: dictionaries, and what looks like one."""

    def items(self) -> Iterable[tuple[Text, Text]]:
        """The names and values, a name as often as it came."""
        ...


Headers: TypeAlias = HasItems | Iterable[tuple[Text, Text]]


@frozen
class Proof:
    """What the headers bring forward."""

    timestamp: bytes
    signature: bytes = field(repr=False)


def sign(task_id: str, key: Text, now: float | None = None) -> dict[str, str]:
    """The headers that the service would send with a callback of this task at `now`, in Unix seconds.

    Raises `ValueError` for a key that is empty.
    """
    timestamp = str(int(time.time() if now is None else now))
    signature = _signature(to_key(key), task_id, timestamp.encode())
    return {TIMESTAMP: timestamp, SIGNATURE: signature.decode()}


def to_proof(headers: Headers, now: float | None = None) -> Proof:
    """What the headers bring forward, if it is whole and of this hour; raises `CallbackRejected`."""
    pairs = _pairs(headers)
    proof = Proof(_only(pairs, TIMESTAMP), _only(pairs, SIGNATURE))
    if not re.fullmatch(rb"[1-9][0-9]{0,11}", proof.timestamp):
        raise _unproved(f"{TIMESTAMP} is no Unix time in whole seconds")
    # Stricter than a decoder, which takes several texts for the same 32 bytes.
    if not re.fullmatch(rb"[A-Za-z0-9+/]{43}=", proof.signature):
        raise _unproved(f"{SIGNATURE} is not the Base64 of 32 bytes")
    off = (time.time() if now is None else now) - int(proof.timestamp)
    if abs(off) > WINDOW:
        way = "old" if off > 0 else "ahead"
        raise _unproved(f"the signature is {abs(off):.0f} s {way}, more than {WINDOW:.0f} s")
    return proof


def check(proof: Proof, task_id: str, key: Text) -> None:
    """Raises `CallbackRejected` unless the proof is of this task and made with this key."""
    expected = _signature(to_key(key), task_id, proof.timestamp)
    if not hmac.compare_digest(expected, proof.signature):
        raise _unproved("the signature is of another key, task or time")


def to_key(key: Text) -> bytes:
    """The key's bytes; raises `ValueError` if there are none, since anybody can sign with nothing."""
    if not key:
        raise ValueError("the key of callbacks is empty; None accepts unsigned ones")
    return key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")


def _signature(key: bytes, task_id: str, timestamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, task_id.encode() + b"." + timestamp, hashlib.sha256))


def _only(pairs: list[tuple[bytes, bytes]], name: str) -> bytes:
    values = [value for given, value in pairs if given == name.lower().encode()]
    if len(values) != 1:
        raise _unproved(f"{name} came {len(values)} times" if values else f"{name} is missing")
    return values[0]


def _pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers with their names in small letters."""
    pairs = headers.items() if isinstance(headers, HasItems) else headers
    return [(_to_bytes(name).lower(), _to_bytes(value)) for name, value in pairs]


def _to_bytes(text: Text) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def _unproved(sentence: str) -> CallbackRejected:
    return CallbackRejected(sentence, status=401)
