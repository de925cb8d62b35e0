"""Why the service says no."""

from attrs import frozen

from apikley.mock.nodes import Node


@frozen
class Refusal:
    """The words for a request that is refused, or for a task that fails."""

    cause: str
    code: int
    message: str


class Refused(Exception):  # noqa: N818 - its name says what happened
    """The service says no, for a cause that the document has words for: those `nearest` to the value first."""

    def __init__(
        self,
        cause: str,
        *,
        rule: str = "",
        pointer: tuple[str, ...] = (),
        nearest: Refusal | None = None,
        allow: str = "",
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.rule = rule or cause
        self.pointer = "".join(f"/{key}" for key in pointer)
        self.nearest = nearest
        self.allow = allow


class Malformed(ValueError):  # noqa: N818 - its name says what happened
    """These bytes mean nothing; the text says why."""


def refusals(place: Node) -> dict[str, Refusal]:
    """What is said at this place of the document, by cause."""
    said = place.get("x-apikley-refusals")
    return {
        cause: Refusal(cause, int(node["code"].number), node["msg"].text)
        for cause, node in (said.members() if said else ())
    }
