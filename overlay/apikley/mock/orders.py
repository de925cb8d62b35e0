"""What an accepted request says."""

from collections.abc import Mapping

from attrs import define

from apikley.mock.bodies import Parsed
from apikley.mock.fields import Field
from apikley.mock.nodes import Json
from apikley.mock.operations import Operation
from apikley.mock.refusals import Refused
from apikley.mock.shapes import Shape


@define(eq=False)  # one a request, and frozen it would take thrice as long to make
class Order:
    """An accepted request, whose values are read by their roles.

    standing: the cause for which this key is refused wherever something is to be paid
    is_look: whether nothing may come of it, as with HEAD
    """

    operation: Operation
    origin: str
    parameters: Json
    body: Parsed
    shape: Shape | None
    standing: str | None
    is_look: bool = False

    def read(self, role: str) -> Json:
        outside = self.operation.parameters
        said = outside.read(self.parameters, role) if role in outside.roles else None
        return self.shape.read(self.body.values, role) if said is None and self.shape else said

    def text(self, role: str) -> str | None:
        said = self.read(role)
        return said if isinstance(said, str) else None

    def field(self, role: str) -> Field | None:
        return self.shape.roles.get(role) if self.shape else None

    def table(self, role: str, extension: str) -> Mapping[str, Json]:
        """What an extension of the value's schema says, such as a price for each size; empty where it is missing."""
        meant = self.field(role)
        return meant.tables.get(extension, {}) if meant else {}

    def file(self, role: str) -> bytes | None:
        meant = self.field(role)
        return self.body.files.get(meant.pointer[0]) if meant else None

    def refused(self, cause: str, role: str) -> Refused:
        """A refusal because of a value's meaning, of which no schema knows."""
        meant = self.field(role)
        if meant is None:
            return Refused(cause, rule=role)
        return Refused(cause, rule=role, pointer=meant.pointer, nearest=meant.refusals.get(cause))
