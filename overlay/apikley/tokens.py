"""How a submission's own name travels in its callback's address, and comes back.

The answer to a createTask can be lost, and with it the id of a task that is paid. A callback to an address that
bears the submission's name says which task it became; so does the request that the service echoes in a task.
"""

from urllib.parse import quote, unquote

from apikley import readings
from apikley.tasks import Task
from apikley.weblinks import to_link

PARAMETER = "apikley"
"""The parameter of the query that holds it."""


def with_token(url: str, key: str) -> str:
    """The address with the submission's name in its query, in the place of any that it had.

    Raises `InvalidRequest` if it is no web address, `ValueError` for an empty name.
    """
    if not key:
        raise ValueError("a submission's name must not be empty")
    address, _, query = to_link(url, "callback_url").partition("?")
    kept = [part for part in query.split("&") if part and not _is_ours(part)]
    return address + "?" + "&".join([*kept, f"{PARAMETER}={quote(key)}"])


def token_of(url: str) -> str | None:
    """The submission's name in an address, or in a path with its query; None if it has none, or several."""
    query = url.partition("#")[0].partition("?")[2]
    match [part for part in query.split("&") if _is_ours(part)]:
        case [part]:
            return _unquoted(part.partition("=")[2])
    return None


def token_in(task: Task) -> str | None:
    """The submission's name in the callback's address that a task's own request names.

    Of a task that was fetched it proves which submission made it; a callback itself could be anybody's.
    """
    request = readings.json_object(task.request) if task.request else None
    if request is None:
        return None
    return token_of(readings.text(request.get("callBackUrl")) or "")


def _is_ours(part: str) -> bool:
    return part.partition("=")[0] == PARAMETER


def _unquoted(text: str) -> str | None:
    try:
        return unquote(text.replace("+", " "), errors="strict") or None
    except UnicodeDecodeError:
        return None
