"""Why the service says no."""

from typing import Literal

from attrs import frozen

from apikley.mock.nodes import Node

ErrorMode = Literal["status", "envelope", "known"]
"""How a refusal comes: as HTTP status, as HTTP 200 with the code in the body, or as the document says."""


@frozen(eq=False)
class Refusal:
    """The words for a request that is refused, or for a task that fails."""

    cause: str
    code: int
    message: str
    sent_as: Literal["status", "envelope"] = "status"


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
    if said is None:
        return {}
    usual = _sent_as(Node.top(place.root))
    return {
        cause: Refusal(cause, int(node["code"].number), node["msg"].text, _sent_as(node, usual))
        for cause, node in said.members()
    }


def _sent_as(place: Node, usual: Literal["status", "envelope"] = "status") -> Literal["status", "envelope"]:
    said = place.get("x-apikley-sent-as")
    match said.text if said else usual:
        case "status":
            return "status"
        case "envelope":
            return "envelope"
        case other:
            raise place.error(f"a refusal comes as status or as envelope, not as {other!r}")
