"""What a prompt tells the stub: it stands in the one field that every client sends as it is."""

import re
from enum import StrEnum

from attrs import frozen


class Fault(StrEnum):
    """What befalls the first createTask or the first question of a wish, or every createTask."""

    NONE = "none"
    DROPPED = "create-dropped"
    SILENT = "create-silent"
    BROKEN = "create-500"
    REFUSED = "create-429"
    ALWAYS_DROPPED = "create-always-dropped"
    POLL_BROKEN = "poll-500"
    POLL_PAGE = "poll-page"
    POLL_DROPPED = "poll-dropped"


_FORM = re.compile(r"bench:([0-9a-z-]+):([0-9.]+):([0-9.]+):([a-z0-9-]+)")


@frozen
class Wish:
    """One call of a user. Its task ends after `seconds`, and its record says that it took `told` seconds."""

    key: str
    seconds: float = 0.0
    told: float = 0.0
    fault: Fault = Fault.NONE

    @property
    def prompt(self) -> str:
        return f"bench:{self.key}:{self.seconds:.3f}:{self.told:.3f}:{self.fault}"


def find(text: str) -> Wish | None:
    """The wish that a body holds somewhere."""
    found = _FORM.search(text)
    if found is None:
        return None
    key, seconds, told, fault = found.groups()
    return Wish(key, float(seconds), float(told), Fault(fault))
