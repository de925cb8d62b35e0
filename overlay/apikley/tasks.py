"""What a task is, and what is known of it."""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen


class TaskState(StrEnum):
    """The states that the service documents. It may send others: those mean that the task still runs."""

    WAITING = "waiting"
    QUEUING = "queuing"
    GENERATING = "generating"
    SUCCESS = "success"
    FAIL = "fail"


FINAL = frozenset({TaskState.SUCCESS, TaskState.FAIL})


@frozen(kw_only=True)
class Task:
    """A task as the service told of it once. Nothing here changes; fetch again for news."""

    id: str
    state: str
    """A `TaskState`, or a word that the service added since."""
    model: str | None = None
    result_urls: tuple[str, ...] = field(default=(), repr=lambda urls: repr([shown(url) for url in urls]))
    """Where the pictures are, for about 24 hours."""
    result: str | None = field(default=None, repr=False)
    """What the service says of the result, as it says it: JSON."""
    result_object: object = field(default=None, repr=False)
    """What came of a model that gives something else than files, as its document describes it; None of any other."""
    failure_code: str | None = None
    """A numeric string, such as 501."""
    failure_message: str | None = None
    progress: int | None = None
    """Per cent; only some models tell."""
    credits: float | None = None
    """What the task cost; None where the service does not say."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    """All three in UTC."""
    request: str | None = None
    """The create request as the service echoes it, JSON."""

    @property
    def is_final(self) -> bool:
        """Whether the task has ended, well or not."""
        return self.state in FINAL

    @property
    def has_failed(self) -> bool:
        """Whether the task ended without a result. A success without a picture is a failure too."""
        has_result = bool(self.result_urls) or self.result_object is not None
        return self.state == TaskState.FAIL or (self.state == TaskState.SUCCESS and not has_result)

    @property
    def seconds(self) -> float | None:
        """How long the task took, from the service's own times; None while it runs."""
        if self.created_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.created_at).total_seconds()


def shown(url: str) -> str:
    """A link as it is shown: a data URI may hold a whole picture."""
    return url if len(url) <= 200 else f"{url[:60]}… ({len(url)} characters)"
