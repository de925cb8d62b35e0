"""Which public names a change of the document touches.

Of the generated package: those for the changed place, told only if they are there. Of `apikley`: what its sources tell.
"""

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from comparing.changes import Change
from regeneration.documents import Document, Json
from updating import attributes
from updating.naming import Names
from updating.sources import Sources


@frozen
class Touched:
    """Names of both packages, as users write them."""

    generated: tuple[str, ...]
    overlay: tuple[str, ...]
    """Without `apikley` before them."""
    repeating: tuple[str, ...] = ()
    """Names of `apikley`, those among them that users do not see, that repeat what the document said before."""


class Touching:
    """What the sources of both packages tell of names."""

    def __init__(self, overlay: Path, old: tuple[Document, Names], new: tuple[Document, Names]) -> None:
        """Each version is a corrected document and the names of the package made from it."""
        self._versions = (new, old)
        self._overlay = Sources(overlay)

    def names(self, change: Change) -> Touched:
        """The names that the change touches."""
        generated: dict[str, None] = {}
        for document, names in self._versions[:1] if change.is_added else self._versions:
            for name in attributes.made_of(change, document, names):
                if name in names or any(known.startswith(f"{name}.") for known in names):
                    generated[name] = None
        overlay = dict.fromkeys(told for name in generated for told in self._overlay.of_name(name))
        repeating = dict.fromkeys(told for value in _values(change) for told in self._overlay.of_value(value))
        public = [name for name in [*overlay, *repeating] if not _is_private(name)]
        return Touched(
            tuple(generated),
            tuple(dict.fromkeys(public)),
            tuple(name for name in repeating if name not in overlay),
        )


def _is_private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))


def _values(change: Change) -> Iterator[str]:
    """The texts that stood in the document where a name of ours may repeat them."""
    is_told_in_words = change.place[-2:-1] == ("properties",) and change.is_removed and change.new is None
    if not is_told_in_words and change.place[-1:] not in {("type",), ("format",)}:
        yield from _texts(change.old)


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str() if len(value) > 3 and "\n" not in value and value != "none":  # which is said of much else
            yield value
        case list():
            for each in value:
                yield from _texts(each)
