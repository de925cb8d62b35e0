"""What a create request asks for."""

from collections.abc import Mapping

from attrs import define

from apikley.mock import bodies
from apikley.mock.files import StoredFile
from apikley.mock.nodes import Json, to_object, value_at
from apikley.mock.operations import Operation
from apikley.mock.orders import Order
from apikley.mock.refusals import Malformed, Refused
from apikley.mock.scenario import Failure, Scenario
from apikley.mock.shapes import Shape
from apikley.mock.tasks import Task, Wish

_NUMBERS = (int, float)
_TEXTS = 3  # times that a body is in the texts of its task: once as it came, and twice in the record


@define(eq=False, repr=False)
class Accepted:
    """An accepted request and what was decided on it, from which its task is made, the same each time.

    values: those of the body, as JSON, which takes less room
    """

    id: str
    price: float
    scenario: Scenario
    stages: int
    at: float
    operation: Operation
    origin: str
    outside: Mapping[str, Json]
    shape: Shape | None
    values: str

    @property
    def size(self) -> int:
        return _TEXTS * len(self.values)

    def task(self) -> Task:
        """As it begins."""
        text = self.values.encode()
        body = bodies.from_json(text)
        order = Order(self.operation, self.origin, self.outside, body, self.shape)
        order.read_exactly(text)
        wish = to_wish(order)
        return Task(
            id=self.id,
            model=order.text("model") or "",
            param=param(order),
            wish=wish,
            credits=self.price,
            scenario=self.scenario,
            failure=planned(order, self.scenario),
            stages=self.stages,
            created_at=self.at,
            updated_at=self.at,
            source=wish.source,
            origin=self.origin,
            callback=order.text("callback-link") or "",
        )


def written(order: Order) -> str:
    """The values of the body as JSON. Raises Refused where they are nested too deeply to be written."""
    try:
        return bodies.to_json(order.body.values)
    except Malformed as error:
        raise Refused("malformed", rule=str(error)) from error


def to_wish(order: Order) -> Wish:
    """Its source is an address, even where the mock holds what lies there."""
    seed = order.said("seed")
    return Wish(
        prompt=order.text("prompt") or "",
        source=source(order),
        seed=int(seed) if isinstance(seed, int | float) else None,
        count=count(order),
        pixels=pixels(order),
        format=order.text("format") or "png",
        is_inline=order.said("inline") is True,
    )


def source(order: Order) -> str:
    """The address of the picture to work on; some models take a list of them."""
    said = order.said("source")
    if isinstance(said, list):
        said = said[0] if said else None
    return said if isinstance(said, str) else ""


def count(order: Order) -> int:
    said = str(order.said("count") or 1)
    return int(said) if said.isdecimal() else 1


def pixels(order: Order) -> tuple[int, int] | None:
    match order.table("size", "x-apikley-pixels").get(order.text("size") or ""):
        case [int(width), int(height)]:
            return width, height
        case _:
            return None


def price(order: Order) -> float:
    """What the pictures cost; nothing where the document names no price."""
    one = order.table("size", "x-apikley-credits").get(order.text("size") or "")
    return one * count(order) if isinstance(one, _NUMBERS) else 0.0


def param(order: Order) -> str:
    """The request as a record repeats it: JSON, in which the input is JSON in a string once more."""
    values, field = order.body.values, order.shape.roles.get("input") if order.shape else None
    if field is None or not isinstance(values, dict):
        return bodies.to_json(values)
    inner = to_object({field.pointer: bodies.to_json(value_at(values, field.pointer))})
    return bodies.to_json({**values, **inner})


def planned(order: Order, scenario: Scenario) -> Failure | None:
    """Why the task fails where the scenario has it so."""
    if scenario.ending != "fail" or scenario.failure:
        return scenario.failure
    words = order.operation.refusals["generation-failed"]
    return Failure(words.code, words.message)


def unusable(order: Order, reason: str) -> Failure:
    """Why the task fails if nobody could work on its picture."""
    words = order.operation.refusals["source-unusable"]
    return Failure(words.code, f"{words.message}: {reason}")


def problem(order: Order, file: StoredFile) -> str | None:
    """Why nobody could work on this picture; None if one can.

    It may have to be decoded, which takes up to a second and needs no lock.
    """
    limits = order.table("source", "x-apikley-file")
    accepted, maximum = limits.get("mediaTypes"), limits.get("maximumBytes")
    if isinstance(accepted, list) and file.media_type not in accepted:
        return f"{file.media_type} is not among the accepted types"
    if isinstance(maximum, int | float) and len(file.data) > maximum:
        return f"{len(file.data)} bytes are more than {maximum}"
    return file.problem()
