"""What is said somewhere in a saved state, and where."""

from collections.abc import Callable, Iterator
from reprlib import repr as shortened
from typing import TypeVar, cast

from attrs import frozen

_T = TypeVar("_T")


@frozen(eq=False, repr=False)
class Said:
    """A value and its place. Whoever reads it says what it has to be; ValueError names the place of what is not."""

    way: tuple[str, ...]
    json: object

    def error(self, why: str) -> ValueError:
        place = "/".join(shortened(name)[1:-1] for name in self.way)
        return ValueError(f"{place}: {why}" if place else why)

    def made(self, make: Callable[[], _T]) -> _T:
        """What is made of it; why it cannot be made is told with the place."""
        try:
            return make()
        except ValueError as error:
            raise self.error(str(error)) from error

    def has(self, name: str, value: object) -> bool:
        """Whether this is an object in which the name stands for the value."""
        return isinstance(self.json, dict) and self._object().get(name) == value

    def members(self, *names: str) -> "dict[str, Said]":
        """Those of an object that has these and no others."""
        held = self._object()
        if missing := [name for name in names if name not in held]:
            raise self.error(f"{', '.join(missing)} is missing")
        if unknown := sorted(held.keys() - {*names}):
            raise self.error(f"nothing here is called {shortened(', '.join(unknown))}")
        return {name: self._inner(name, held[name]) for name in names}

    def entries(self, most: int) -> "Iterator[tuple[Said, Said]]":
        """The names of an object, and what each stands for."""
        held = self._object()
        if len(held) > most:
            raise self.error(f"has more than {most} members")
        for name, value in held.items():
            inner = self._inner(name, value)
            yield Said(inner.way, name), inner

    def elements(self, most: int) -> "Iterator[Said]":
        """Those of a list."""
        json = self.json
        if not isinstance(json, list):
            raise self.error(f"{shortened(json)} is no list")
        held = cast("list[object]", json)
        if len(held) > most:
            raise self.error(f"has more than {most} elements")
        for index, value in enumerate(held):
            yield self._inner(str(index), value)

    def text(self, most: int | None = None) -> str:
        """A text of so many bytes at most that can be written as UTF-8."""
        if not isinstance(self.json, str):
            raise self.error(f"{shortened(self.json)} is no text")
        try:
            size = len(self.json.encode())
        except UnicodeEncodeError as error:
            raise self.error(f"the text cannot be written: {error.reason}") from error
        if most is not None and size > most:
            raise self.error(f"a text of {size} bytes is longer than {most}")
        return self.json

    def whole(self, least: int, most: int) -> int:
        """A whole number between these, both included."""
        if isinstance(self.json, bool) or not isinstance(self.json, int):
            raise self.error(f"{shortened(self.json)} is no whole number")
        if not least <= self.json <= most:
            raise self.error(f"{shortened(self.json)} is not between {least} and {most}")
        return self.json

    def number(self, least: float, most: float) -> float:
        """A number between these, both included."""
        if isinstance(self.json, bool) or not isinstance(self.json, int | float):
            raise self.error(f"{shortened(self.json)} is no number")
        if not least <= self.json <= most:
            raise self.error(f"{shortened(self.json)} is not between {least} and {most}")
        return self.json

    def flag(self) -> bool:
        if not isinstance(self.json, bool):
            raise self.error(f"{shortened(self.json)} is neither true nor false")
        return self.json

    def _object(self) -> dict[str, object]:
        json = self.json
        if not isinstance(json, dict):
            raise self.error(f"{shortened(json)} is no object")
        return cast("dict[str, object]", json)

    def _inner(self, name: str, value: object) -> "Said":
        return Said((*self.way, name), value)
