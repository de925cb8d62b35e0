"""What a user is left with after a fault."""

from collections.abc import Iterator, Sequence

_ATTRIBUTES = ("request", "response", "url", "text", "body", "task_id", "request_id", "prediction", "details")
"""Where errors keep what a user may look at, properties included."""


def left(error: Exception | None, task_ids: Sequence[str], doubts: Sequence[str] = ()) -> str:
    """What an error is worth to a user who has paid for these tasks; None stands for a result.

    `doubts` are the names of submissions that the client itself remembers and can take up again.
    """
    if error is None:
        return "ok"
    if any(task_id in str(error) for task_id in task_ids):
        return "error names the task"
    if any(task_id in text for text in _texts(error) for task_id in task_ids):
        return "error holds the task"
    if any(name in str(error) for name in doubts):
        return "in doubt, named"
    return "lost" if task_ids else "error"


def _texts(error: BaseException, depth: int = 3) -> Iterator[str]:
    """What an error and its causes hold, attributes of attributes included."""
    for each in (error.__cause__, error.__context__):
        if each is not None and depth:
            yield from _texts(each, depth - 1)
    yield from _held(error, depth)


def _held(value: object, depth: int) -> Iterator[str]:
    yield f"{value!r} {value}"
    if depth:
        found = {**getattr(value, "__dict__", {})}
        for name in _ATTRIBUTES:
            try:
                found[name] = getattr(value, name)
            except Exception:  # noqa: BLE001, S112  # a property that has nothing to tell
                continue
        for each in found.values():
            if not isinstance(each, type | BaseException | None) and not callable(each):
                yield from _held(each, depth - 1)
