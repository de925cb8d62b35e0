"""What a planted defect is, and where all of them are."""

from attrs import field, frozen


@frozen
class Defect:
    """A fault that somebody could make: in `file`, `find`, which stands there once, becomes `replace`.

    tests: what should notice it, as pytest's arguments
    reason: why nobody can notice it, where that is so
    """

    name: str
    file: str
    find: str = field(repr=False)
    replace: str = field(repr=False)
    tests: tuple[str, ...]
    reason: str | None = None
