"""What a change of the document is to the people who use the package."""

from enum import StrEnum

from attrs import frozen

from regeneration.documents import Json, Place, to_pointer


class Level(StrEnum):
    """How much a change asks of the package's users; the first is the worst."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    WORDING = "wording"


class Side(StrEnum):
    """Who writes the values that the changed place describes."""

    REQUEST = "request"
    RESPONSE = "response"
    BOTH = "request and response"
    NEITHER = ""


@frozen
class Change:
    """One difference between two versions of the document."""

    place: Place
    """In the new version; in the old one where it is gone."""
    what: str
    """A few words, such as `maximum lowered`."""
    old: Json
    new: Json
    level: Level
    why: str
    """What it means for users, as a sentence without a full stop."""
    side: Side = Side.NEITHER
    is_added: bool = False
    is_removed: bool = False

    @property
    def pointer(self) -> str:
        """The JSON pointer of the place."""
        return to_pointer(self.place)


ORDER = list(Level)


def worse(one: Level, other: Level) -> Level:
    """The one that asks more of users."""
    return min(one, other, key=ORDER.index)


def added(place: Place, what: str, new: Json, level: Level, why: str, *, side: Side = Side.NEITHER) -> Change:
    """The change of a place that was not there before."""
    return Change(place, what, None, new, level, why, side, is_added=True)


def removed(
    place: Place, what: str, old: Json, level: Level, why: str, *, side: Side = Side.NEITHER
) -> Change:
    """The change of a place that is gone."""
    return Change(place, what, old, None, level, why, side, is_removed=True)
