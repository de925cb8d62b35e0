"""What the version before tells of where a line belongs."""

from regeneration.documents import Json, Place


class Guide:
    """The places of a document, and the words of its texts."""

    def __init__(self, document: Json = None) -> None:
        self._texts: dict[Place, str] = {}
        self._places: set[Place] = set()
        self._walk(document, ())

    def knows(self, place: Place) -> bool:
        """Whether the document has that place."""
        return place in self._places

    def holds(self, place: Place, words: str) -> bool:
        """Whether the text at that place has these words in one piece."""
        return f" {' '.join(words.split())} " in f" {' '.join(self._texts.get(place, '').split())} "

    def paragraphs(self, place: Place, words: list[str]) -> list[str] | None:
        """The paragraphs of the text at that place; None unless it has these words and no others."""
        text = self._texts.get(place, "")
        return text.split("\n") if text.split() == words else None

    def _walk(self, value: Json, here: Place) -> None:
        self._places.add(here)
        match value:
            case str():
                self._texts[here] = value
            case dict():
                for key, inner in value.items():
                    self._walk(inner, (*here, key))
            case list():
                for index, inner in enumerate(value):
                    self._walk(inner, (*here, index))
