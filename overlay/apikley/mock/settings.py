"""How the mock is to behave."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, cast, get_args

from attrs import define, evolve, field

from apikley.mock.refusals import ErrorMode
from apikley.mock.scenario import Scenario

Errors: TypeAlias = ErrorMode | Mapping[str, ErrorMode]
Callbacks = Literal["once", "twice", "never"]

KEYS: Mapping[str, str] = {"sk-test-poor": "credits-short", "sk-test-capped": "key-capped"}
"""Keys that always bring a refusal, with its cause."""

MOST_CREDITS = 1e12


@define(eq=False, repr=False)
class Settings:
    """All that may be changed while the mock runs. Its values are those of `Mock`."""

    scenario: Scenario
    errors: Errors
    any_key: bool
    progress: bool
    rate_limit: bool
    callbacks: Callbacks
    callback_key: str | None = field(repr=False)
    keys: Mapping[str, str] = field(repr=False)

    def copied(self) -> "Settings":
        """The same, which no change of these reaches."""
        errors = self.errors if isinstance(self.errors, str) else {**self.errors}
        return evolve(self, errors=errors)

    def mode(self, *names: str) -> ErrorMode:
        """How an operation that goes by these names refuses."""
        if not isinstance(self.errors, Mapping):
            return self.errors
        for name in (*names, "*"):
            if name in self.errors:
                return self.errors[name]
        return "status"


def to_errors(errors: object, known: Iterable[str]) -> Errors:
    """Raises ValueError, in a sentence."""
    if not isinstance(errors, Mapping):
        return _to_mode(errors)
    said = cast("Mapping[object, object]", errors)
    modes: dict[str, ErrorMode] = {str(name): _to_mode(mode) for name, mode in said.items()}
    if unknown := sorted(modes.keys() - {*known, "*"}):
        raise ValueError(f"no operation is called {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return modes


def to_callbacks(callbacks: object) -> Callbacks:
    """Raises ValueError, in a sentence."""
    for known in get_args(Callbacks):
        if known == callbacks:
            return cast("Callbacks", known)
    raise ValueError(f"callbacks come once, twice or never, not {callbacks!r}")


def to_credits(credits: float) -> float:  # noqa: A002 - what the API calls it
    """Raises ValueError, in a sentence, for what no account can hold."""
    if not 0 <= credits <= MOST_CREDITS:
        raise ValueError(f"an account cannot hold {credits} credits")
    return credits


def to_seed(seed: int) -> int:
    """Raises ValueError, in a sentence, for one that JSON could not be told of everywhere."""
    if not -(2**63) <= seed < 2**63:
        raise ValueError(f"a seed has 64 bits at most, which {seed} has not")
    return seed


def to_keys(keys: Mapping[str, str], causes: Iterable[str]) -> dict[str, str]:
    """The built-in table and this one. Raises ValueError, in a sentence without a key."""
    known = {*causes}
    for cause in keys.values():
        if cause not in known:
            raise ValueError(f"no refusal is called {cause!r}; there are {', '.join(sorted(known))}")
    return {**KEYS, **keys}


def _to_mode(said: object) -> ErrorMode:
    for mode in get_args(ErrorMode):
        if mode == said:
            return cast("ErrorMode", mode)
    raise ValueError(f"errors come as {' or '.join(get_args(ErrorMode))}, not as {said!r}")
