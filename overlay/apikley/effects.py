"""What a flow may ask of the driver that plays it.

A flow is a generator that yields effects and is sent their answers. It tells the protocol once, and
does no input or output, no waiting and no timing of its own: that is its driver's part.

The functions below are the effects as flows use them, with `yield from`: each carries the type of its answer, which
a bare `yield` cannot.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar, cast

from attrs import field, frozen

from apikley.arriving import Incoming
from apikley.edits import EditedImage
from apikley.errors import ApikleyError
from apikley.ledger import Submission
from apikley.pictures import Picture
from apikley.tasks import Task

if TYPE_CHECKING:
    from apikley.sources import ImageSource

A_co = TypeVar("A_co", covariant=True)
T = TypeVar("T")


class Answer(Protocol[A_co]):
    """What a generated operation returns."""

    @property
    def parsed(self) -> A_co | None:
        """The body as the document describes it."""
        ...


class Operation(Protocol[A_co]):
    """The public functions of a generated operation's module."""

    @property
    def sync_detailed(self) -> Callable[..., Answer[A_co]]:
        """Carry it out, blocking."""
        ...

    @property
    def asyncio_detailed(self) -> Callable[..., Awaitable[Answer[A_co]]]:
        """Carry it out, awaiting."""
        ...


@frozen
class Call(Generic[T]):
    """Carry out one generated operation. Answer: its parsed response."""

    operation: Operation[T]
    arguments: Mapping[str, object] = field(repr=False)
    intent: Submission | None = None
    """What is written into the ledger when the first byte leaves. If that fails, none does."""
    within: float | None = None
    """How many seconds it may take, if that is less than any request may."""


@frozen
class Download:
    """Fetch a result, or what is still missing of it, streamed and without credentials."""

    incoming: Incoming


@frozen
class Together(Generic[T]):
    """Play several flows at once. Answer: what each returned. The first error ends them all."""

    flows: "Sequence[Flow[T]]"
    name: str
    """What each of them is called in traces."""


@frozen
class Load:
    """Read a picture from wherever the user has it."""

    source: "ImageSource"


@frozen
class Sleep:
    """Let time pass, in seconds, unless news of the task come before. Answer: nothing.

    `spread` is how many seconds more it may be, at random, so that many who failed at once do not come back at once.
    """

    seconds: float
    task_id: str | None = None
    spread: float = 0.0
    because: ApikleyError | None = None
    """What is waited for to pass."""


@frozen
class Now:
    """Answer: the seconds on a clock that never goes back."""


@frozen
class Event:
    """Something a waiting user likes to hear."""

    kind: Literal["uploading", "submitting", "submitted", "polled", "collecting", "retrying"]
    task_id: str | None = None
    task: Task | None = None
    elapsed: float = 0.0
    """Seconds since the wait began."""
    error: ApikleyError | None = None
    """Why something is tried again."""
    within: float = 0.0
    """Seconds after which that is done, at the latest."""


@frozen
class Tell:
    """Tell the user's listener. Answer: nothing."""

    event: Event


@frozen
class Note:
    """Write into the ledger what became of a submission. Answer: nothing, and from then on it is not forgotten."""

    submission: Submission


@frozen
class Recall:
    """Look a submission up in the ledger. Answer: what is known of it, or None."""

    key: str


@frozen
class RecallTask:
    """Look up which submission became a task. Answer: what is known of it, or None."""

    task_id: str


@frozen
class RecallDurations:
    """Look up how long the newest tasks of a shape took. Answer: their seconds."""

    shape: str


@frozen
class HasLeft:
    """Answer: whether this very intent was written down, so that its request may have left."""

    intent: Submission


@frozen
class TakeUp:
    """Look a submission up to go on with it. Answer: what is known of it, or None.

    It is in doubt from now on if whoever was sending it is gone or has taken too long.
    """

    key: str


@frozen
class Reserve:
    """Set aside what a submission is expected to cost, in credits; None where nobody knows. Answer: nothing."""

    key: str
    price: float | None
    at_most: float | None = None


@frozen
class Release:
    """Give back what was set aside for a submission that was not sent. Answer: nothing."""

    key: str


@frozen
class FindUpload:
    """Where a picture is that was uploaded before, by the SHA-256 digest of its content. Answer: a link or None."""

    sha256: str


@frozen
class KeepUpload:
    """Remember where a picture was uploaded to. Answer: nothing."""

    sha256: str
    link: str


@frozen
class Turn:
    """Take the next turn to ask for a task. Answer: the seconds to wait for it."""


@frozen
class ReturnTurn:
    """Leave a turn that was not waited for to others. Answer: nothing."""


@frozen
class WentWell:
    """Keep account of a request that went well. Answer: nothing."""


@frozen
class TryAgain:
    """Keep account of a request that is to be repeated. Answer: the seconds to wait before, at least."""


Bookkeeping: TypeAlias = (
    Note
    | Recall
    | RecallTask
    | RecallDurations
    | HasLeft
    | TakeUp
    | Reserve
    | Release
    | FindUpload
    | KeepUpload
    | Turn
    | ReturnTurn
    | WentWell
    | TryAgain
)
"""What a client's books answer (`apikley.books`), whichever driver asks them."""
Effect: TypeAlias = Call[Any] | Download | Together[Any] | Load | Sleep | Now | Tell | Bookkeeping
Flow: TypeAlias = Generator[Effect, Any, T]


def call(asked: Call[T]) -> Flow[T]:
    """Carry out an operation; raises what the API or the way to it had against that."""
    return cast("T", (yield asked))


def download(incoming: Incoming) -> Flow[EditedImage]:
    """Fetch a result; raises `RequestRefused`, `Unreachable` or `AnswerUnreadable`. What has come of it is kept."""
    return cast("EditedImage", (yield Download(incoming)))


def together(flows: Sequence[Flow[T]], name: str) -> Flow[list[T]]:
    """Play several flows at once; raises what the first of them does that fails, when none goes on."""
    return cast("list[T]", (yield Together(flows, name)))


def load(source: "ImageSource") -> Flow[Picture]:
    """Read a picture; raises `InvalidRequest`."""
    return cast("Picture", (yield Load(source)))


def sleep(
    seconds: float, task_id: str | None = None, *, spread: float = 0.0, because: ApikleyError | None = None
) -> Flow[None]:
    """Let time pass, until there are news of the task."""
    yield Sleep(seconds, task_id, spread, because)


def now() -> Flow[float]:
    """Read the clock."""
    return cast("float", (yield Now()))


def tell(event: Event) -> Flow[None]:
    """Tell the listener."""
    yield Tell(event)


def note(submission: Submission) -> Flow[None]:
    """Write into the ledger; raises `SubmissionMoved` or `LedgerUnusable`."""
    yield Note(submission)


def recall(key: str) -> Flow[Submission | None]:
    """Ask the ledger for a submission; raises `LedgerUnusable`."""
    return cast("Submission | None", (yield Recall(key)))


def recall_task(task_id: str) -> Flow[Submission | None]:
    """Ask the ledger for the submission that became a task; raises `LedgerUnusable`."""
    return cast("Submission | None", (yield RecallTask(task_id)))


def recall_durations(shape: str) -> Flow[Sequence[float]]:
    """Ask the ledger what tasks of a shape took, in seconds; raises `LedgerUnusable`."""
    return cast("Sequence[float]", (yield RecallDurations(shape)))


def has_left(intent: Submission) -> Flow[bool]:
    """Ask whether the request of this very intent may have left."""
    return cast("bool", (yield HasLeft(intent)))


def take_up(key: str) -> Flow[Submission | None]:
    """Ask the ledger for a submission to go on with.

    Raises `SubmissionMoved` while somebody may be sending it, or `LedgerUnusable`.
    """
    return cast("Submission | None", (yield TakeUp(key)))


def reserve(key: str, price: float | None, at_most: float | None) -> Flow[None]:
    """Set credits aside; raises `OverBudget`."""
    yield Reserve(key, price, at_most)


def release(key: str) -> Flow[None]:
    """Give set aside credits back."""
    yield Release(key)


def find_upload(sha256: str) -> Flow[str | None]:
    """Ask where a picture is that was uploaded before."""
    return cast("str | None", (yield FindUpload(sha256)))


def keep_upload(sha256: str, link: str) -> Flow[None]:
    """Remember where a picture is."""
    yield KeepUpload(sha256, link)


def turn() -> Flow[None]:
    """Wait for the next turn to ask. Who is stopped meanwhile leaves it to others."""
    if gap := cast("float", (yield Turn())):
        try:
            yield from sleep(gap)
        except GeneratorExit:
            raise
        except BaseException:
            yield ReturnTurn()
            raise


def went_well() -> Flow[None]:
    """Keep in mind that a request went well."""
    yield WentWell()


def try_again() -> Flow[float]:
    """Keep in mind that a request is to be repeated; returns the seconds to wait before, at least."""
    return cast("float", (yield TryAgain()))
