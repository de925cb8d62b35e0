"""What an accepted request says."""

from collections.abc import Mapping

from attrs import define, field

from apikley.mock import bodies
from apikley.mock.bodies import Parsed
from apikley.mock.fields import Field
from apikley.mock.nodes import Json, JsonObject
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused
from apikley.mock.shapes import Place, Shape

_NO_TABLE: Mapping[str, Json] = {}
_NO_PLACES: Mapping[str, Place] = {}


@define(eq=False, repr=False)  # one a request, and frozen it would take thrice as long to make
class Order:
    """An accepted request, whose values are read by their roles.

    outside: what query and path say by role, which counts before what the body says
    standing: the cause for which this key is refused wherever something is to be paid
    is_look: whether nothing may come of it, as with HEAD
    """

    operation: Operation
    origin: str
    outside: Mapping[str, Json]
    body: Parsed
    shape: Shape | None
    standing: str | None = None
    is_look: bool = False
    _places: Mapping[str, Place] = field(init=False)
    _homes: list[JsonObject] = field(init=False)

    def __attrs_post_init__(self) -> None:
        shape = self.shape
        self._places, self._homes = (
            (shape.places, shape.homes(self.body.values)) if shape else (_NO_PLACES, [])
        )

    def said(self, role: str) -> Json:
        """What was sent, or what the service takes without it."""
        place = self._places.get(role)
        if place is None or role in self.outside:
            return self.outside.get(role)
        home, name, default = place
        said = self._homes[home].get(name)
        return default if said is None else said

    def read_exactly(self, text: bytes) -> None:
        """Read the body anew from this, where a float may be an integer that was too long."""
        if isinstance(self.said("seed"), float) and self.shape:
            self.body = bodies.exact(self.body, text)
            self._homes = self.shape.homes(self.body.values)

    def text(self, role: str) -> str | None:
        said = self.said(role)
        return said if isinstance(said, str) else None

    def field(self, role: str) -> Field | None:
        return self.shape.roles.get(role) if self.shape else None

    def table(self, role: str, extension: str) -> Mapping[str, Json]:
        """What an extension of the value's schema says, such as a price for each size; empty where it is missing."""
        meant = self.shape.roles.get(role) if self.shape else None
        return meant.tables.get(extension, _NO_TABLE) if meant else _NO_TABLE

    def file(self, role: str) -> bytes | None:
        meant = self.field(role)
        return self.body.files.get(meant.pointer[0]) if meant else None

    def refused(self, cause: str, role: str) -> Refused:
        """A refusal because of a value's meaning, of which no schema knows."""
        meant = self.field(role)
        if meant is None:
            return Refused(cause, rule=role)
        return Refused(cause, rule=role, pointer=meant.pointer, nearest=meant.refusals.get(cause))
