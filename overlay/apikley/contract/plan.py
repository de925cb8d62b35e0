"""What a run will ask, and what that can cost at most. Made before anything is sent."""

from collections.abc import Iterator, Mapping

from attrs import field, frozen

from apikley.contract.document import Document, Schema
from apikley.contract.rows import Row, free
from apikley.errors import InvalidRequest, OutOfCredits
from apikley.schedule import DOCUMENTED_PACE
from apikley.weblinks import to_link

UPLOADS = ("upload-form", "upload-base64", "upload-url")
FUZZ = ("fuzz-credits", "fuzz-task")
WATCHED, UNCHARGED = "credits-between", "free-of-charge"
PAID_UPLOAD, PAID_CREATE, PAID_POLL = "paid-source", "paid-create", "paid-poll"
PAID_RESULT, PAID_LINK, PAID_CREDITS = "paid-result", "paid-link", "paid-credits"
PAID = (PAID_UPLOAD, PAID_CREATE, PAID_POLL, PAID_RESULT, PAID_LINK, PAID_CREDITS)

PROMPT = "make it night"

DEFAULT_PATIENCE = 900.0

ASKS = {
    "upload-form": "an upload as a form",
    "upload-base64": "an upload in Base64",
    "upload-url": "an upload by its address",
    "fuzz-credits": "the credits, by made-up requests",
    "fuzz-task": "tasks, by made-up requests",
    WATCHED: "the credits after each free request to createTask",
    UNCHARGED: "the credits once more: all this was free",
    PAID_UPLOAD: "the upload of the source picture",
    PAID_CREATE: "a task that is paid",
    PAID_POLL: "the task until it ends",
    PAID_RESULT: "the picture that was made",
    PAID_LINK: "a fresh link to the picture",
    PAID_CREDITS: "the credits once more: the price is what was said",
}


@frozen(kw_only=True)
class Paid:
    """The one task that is paid for.

    budget: in credits
    image_url: a picture that is on the web already; else one is uploaded
    patience: how long to wait for its end, in seconds
    """

    budget: float
    offer: "Offer"
    image_url: str | None = None
    patience: float = DEFAULT_PATIENCE

    @property
    def price(self) -> float:
        """What the document says that it costs, in credits."""
        return self.offer.price


@frozen(kw_only=True)
class Plan:
    """The checks in order, and the numbers that the guard holds the run to."""

    document: Document = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    uploads: bool = False
    fuzz: int = 0
    paid: Paid | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names())

    @property
    def creates(self) -> int:
        """How many requests may go to createTask: the refusals of the plan, and the paid one."""
        return sum(row.creates for row in self.rows) + (self.paid is not None)

    @property
    def paid_tasks(self) -> int:
        """How many of them may have a body from which a task can be made."""
        return int(self.paid is not None)

    def _names(self) -> Iterator[str]:
        yield from (row.name for row in self.rows)
        if any(row.creates for row in self.rows):
            yield WATCHED
        if self.uploads:
            yield from UPLOADS
        if self.fuzz:
            yield from FUZZ
        yield UNCHARGED
        if self.paid:
            yield from PAID if self.paid.image_url is None else PAID[1:]


def to_plan(
    document: Document,
    *,
    uploads: bool = False,
    fuzz: int = 0,
    budget: float | None = None,
    image_url: str | None = None,
    patience: float = DEFAULT_PATIENCE,
) -> Plan:
    """The plan; with a `budget` in credits, one paid task is part of it.

    Raises OutOfCredits if its price in the document is more than the budget, InvalidRequest if there is none, or
    if the patience or the address is none.
    """
    paid = None
    DOCUMENTED_PACE.within(patience)  # no error may come once there is a task
    if image_url is not None:
        image_url = to_link(image_url, "image_url")
    if budget is not None:
        paid = Paid(
            budget=budget, offer=_affordable(document, budget), image_url=image_url, patience=patience
        )
    return Plan(document=document, rows=free(document), uploads=uploads, fuzz=fuzz, paid=paid)


@frozen
class Offer:
    """The cheapest task that edits a picture: its model, what its input says of the price, and the price."""

    model: str
    fields: Mapping[str, str]
    source: str
    """The field that takes the picture."""
    price: float


def cheapest(document: Document) -> Offer | None:
    """One picture of the size that costs least by the document; None if it names no price."""
    offers = [offer for model, fields in document.models() for offer in _offers(model, fields)]
    return min(offers, key=lambda offer: offer.price, default=None)


def _offers(model: str, fields: Schema) -> Iterator[Offer]:
    roles = {schema.get("x-apikley-role"): name for name, schema in fields.items()}
    if not {"source", "prompt", "size", "count"} <= roles.keys():
        return
    for size, costs in fields[roles["size"]].get("x-apikley-credits", {}).items():
        if isinstance(costs, int | float) and size in fields[roles["size"]]["enum"]:
            asked = {roles["prompt"]: PROMPT, roles["size"]: size, roles["count"]: "1"}
            yield Offer(model, asked, roles["source"], float(costs))


def _affordable(document: Document, budget: float) -> Offer:
    offer = cheapest(document)
    if offer is None:
        raise InvalidRequest("the document names no price, so no budget can be kept; nothing was sent")
    if not 0 <= budget < float("inf"):
        raise InvalidRequest(f"a budget is a number of credits, not {budget}", parameter="budget")
    if offer.price > budget:
        raise OutOfCredits(
            f"the paid task costs {offer.price:g} credits by the document, which is more than the budget of {budget:g};"
            " nothing was sent",
            402,
        )
    return offer
