"""How a YAML document becomes plain data, and data becomes bytes.

Only what JSON can say is let in, and nothing is turned into something else in silence: ruamel.yaml's
events are read here by the core schema of YAML 1.2 (chapter 10.3), so that every refusal has a
file, a line and a JSON pointer. JSON documents are YAML and are read by the same rules.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Document: TypeAlias = "dict[str, Json]"
Place: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead from a document's root to a value."""

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
"""Levels of nesting, the root being the first; python-jsonpath's `..` goes no deeper either."""


class DocumentError(Exception):
    """A file that is not a plain document: `name` says which, `problem` why, `line` (from 1) where."""

    def __init__(self, name: str, problem: str, line: int | None = None) -> None:
        super().__init__(name, problem, line)
        self.name = name
        self.problem = problem
        self.line = line

    def __str__(self) -> str:
        where = self.name if self.line is None else f"{self.name}, line {self.line}"
        return f"{where}: {self.problem}"


def load(path: Path) -> Document:
    """Read one document from a UTF-8 file of at most `MAX_BYTES`; raises `DocumentError`."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DocumentError(name, f"is larger than {MAX_BYTES} bytes")
        return loads(content.decode(), name)
    except OSError as error:
        raise DocumentError(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentError(name, f"is not UTF-8 at byte {error.start}") from error


def loads(text: str, name: str) -> Document:
    """Read one document from `text`; `name` stands for it in errors. Raises `DocumentError`."""
    _check_line_breaks(text, name)
    try:
        events = [*_no_deeper(YAML(typ="safe", pure=True).parse(text))]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise DocumentError(name, f"is not YAML: {_told(error, text, line)}", line) from error
    except (YAMLError, ValueError, OverflowError) as error:  # the latter two: "\U99999999"
        raise DocumentError(name, f"is not YAML: {str(error).splitlines()[0]}") from error
    return _Reader(iter(events), name).read()


def _no_deeper(events: Iterable[Event]) -> Iterator[Event]:
    """The events up to the first one that is nested too deep; scanning takes as long again for each level."""
    depth = 0
    for event in events:
        yield event
        depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
        depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
        if depth > MAX_DEPTH:
            return


def _told(error: MarkedYAMLError, text: str, line: int | None) -> str:
    """What a parser complains of, in plain words where the commonest mistake explains it."""
    found = text.split("\n")[line - 1] if line is not None and line <= text.count("\n") else ""
    if "\t" in found[: len(found) - len(found.lstrip())]:
        return "the line is indented with a tab, and YAML takes spaces only"
    return str(error.problem or error.context)


def dumps(data: Json) -> str:
    """Write `data` as the one JSON text we use for it, its keys in their own order."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def is_same(one: Json, other: Json) -> bool:
    """Whether two values are one JSON value; 1, 1.0 and true are three. The order of keys is free."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def to_pointer(place: Place) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _check_line_breaks(text: str, name: str) -> None:
    """Refuse what ruamel.yaml still takes for line breaks, as YAML 1.1 had it, and turns into spaces."""
    if found := re.search("[\x85\u2028\u2029]", text):
        line = text.count("\n", 0, found.start()) + 1
        raise DocumentError(name, f"holds U+{ord(found[0]):04X} itself; write it as an escape", line)


class _Reader:
    """One document's events, and the name its errors carry."""

    def __init__(self, events: Iterator[Event], name: str) -> None:
        self._events = events
        self._name = name

    def read(self) -> Document:
        next(self._events)  # the stream begins
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            raise DocumentError(self._name, "is empty")
        if start.version not in {None, (1, 2)}:
            self._refuse(start, "asks for another YAML than 1.2")
        root = self._node(next(self._events), ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            self._refuse(after, "holds a second document")
        if not isinstance(root, dict):
            raise DocumentError(self._name, "is not a mapping")
        return root

    def _node(self, event: Event, place: Place) -> Json:
        self._check(event, place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(place)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event, place)

    def _check(self, event: Event, place: Place) -> None:
        if len(place) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels{_at(place[:3])}")
        # An alias needs an anchor, so no alias can grow a document or close a circle.
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, f"an anchor or alias{_at(place)}; write the value out")
        if (tag := getattr(event, "tag", None)) is not None:
            self._refuse(event, f"the tag {tag}{_at(place)}; only untagged values are read")

    def _mapping(self, place: Place) -> Document:
        mapping: Document = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, place)
            if key in mapping:
                self._refuse(event, f"the key {key!r} stands twice{_at(place)}")
            mapping[key] = self._node(next(self._events), (*place, key))
        return mapping

    def _key(self, event: Event, place: Place) -> str:
        self._check(event, place)
        if not isinstance(event, ScalarEvent):
            self._refuse(event, f"a mapping or list as a key{_at(place)}")
        key = self._scalar(event, place)
        if not isinstance(key, str):
            self._refuse(event, f"the key {event.value}{_at(place)} is no string; put it in quotes")
        return key

    def _sequence(self, place: Place) -> list[Json]:
        sequence: list[Json] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            sequence.append(self._node(event, (*place, len(sequence))))
        return sequence

    def _scalar(self, event: ScalarEvent, place: Place) -> Json:
        value: str = event.value
        if _SURROGATE.search(value):
            self._refuse(event, f"half a character{_at(place)}; write it out instead of \\ud8xx")
        if event.style:
            return value
        for pattern, problem in _REFUSED:
            if pattern.fullmatch(value):
                self._refuse(event, f"{value}{_at(place)} {problem}")
        try:
            return _resolved(value)
        except (ValueError, OverflowError):
            self._refuse(event, f"{value[:20]}…{_at(place)} is a number too large for JSON")

    def _refuse(self, event: Event, problem: str) -> NoReturn:
        raise DocumentError(self._name, problem, event.start_mark.line + 1)


def _at(place: Place) -> str:
    return f" at {to_pointer(place)}" if place else ""


def _resolved(plain: str) -> Json:
    """What an unquoted scalar means; raises ValueError or OverflowError for an endless number."""
    if plain in _CONSTANTS:
        return _CONSTANTS[plain]
    for pattern, to_number in _NUMBERS:
        if pattern.fullmatch(plain):
            number = to_number(plain)
            if not math.isfinite(number):
                raise OverflowError
            return number
    return plain


_SURROGATE = re.compile("[\ud800-\udfff]")

# YAML 1.2.2, 10.3.2: the core schema's tag resolution.
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+"), lambda plain: int(plain, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)

# What JSON has no word for, and what other readers of YAML turn into something else.
_REFUSED = (
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), "is no JSON number"),
    (
        re.compile(r"\d{4}-\d\d?-\d\d?([Tt \t]+\d\d?:\d\d:\d\d.*)?"),
        "reads as a date; put it in quotes",
    ),
    (re.compile(r"<<"), "reads as a merge key; put it in quotes"),
)
