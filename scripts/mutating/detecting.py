"""Which tier notices that the document has changed, with the lock off.

Each detector is asked in turn, the cheapest first, and the first that notices is named. All hold the changed document
against what does not change with it: hand-written tables, the original document, the committed client, the committed
generated code.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from apikley.mock import Document, Mock
from contract.verdicts.answers import ANSWERS
from contract.verdicts.asking import one_of_each, prepared, wrongs
from contract.verdicts.describing import Describer
from contract.verdicts.rows import ROWS, Row
from contract.verdicts.walks import opener
from contract.verdicts.walks import wrongs as walk_wrongs
from mutating.clients import Sent, limit_wrongs, refused_by, sent_by_the_client
from mutating.engines import Conformance, Generated, Mirror

Changed = dict[str, Any]
SMALL_ROWS = tuple(row for row in ROWS if len(row.body) + len(row.query) < 30_000)
ASKED = {"status": SMALL_ROWS, "envelope": SMALL_ROWS, "known": (*one_of_each(SMALL_ROWS),)}


@frozen
class Noticed:
    """Who noticed a change, and by what."""

    detector: str
    sentence: str


@frozen
class Detector:
    """`notices` gives the sentences that a tier would fail with; whatever it raises is one too."""

    name: str
    notices: Callable[[Changed], Iterable[str]]


@frozen
class Suite:
    """The tiers, prepared on the original, which all of them have to let pass."""

    detectors: tuple[Detector, ...]
    unsound: frozenset[str] = field(factory=frozenset)
    """The rows that fail against the original itself; they tell nothing of a change, and there should be none."""

    def first(self, document: Changed) -> Noticed | None:
        """The first that notices; None if nobody does."""
        for detector in self.detectors:
            for sentence in _sentences(detector, document):
                if _about(sentence) not in self.unsound:
                    return Noticed(detector.name, sentence[:300])
        return None

    def all(self, document: Changed) -> Iterator[Noticed]:
        """Everybody who notices."""
        for detector in self.detectors:
            for sentence in _sentences(detector, document):
                if _about(sentence) not in self.unsound:
                    yield Noticed(detector.name, sentence[:300])
                    break


def _sentences(detector: Detector, document: Changed) -> Iterator[str]:
    try:
        yield from detector.notices(document)
    except Exception as error:  # noqa: BLE001 - a tier that a change brings down has noticed it
        yield f"{type(error).__name__}: {error}"


def suite(original: Changed) -> Suite:
    """All detectors, and what is unsound about them."""
    whole = Suite(_detectors(original))
    said = (sentence for detector in whole.detectors for sentence in _sentences(detector, original))
    return Suite(whole.detectors, frozenset(_about(sentence) for sentence in said))


def _about(sentence: str) -> str:
    """The row or the place that a sentence begins with."""
    return sentence.partition(": ")[0]


def _detectors(original: Changed) -> tuple[Detector, ...]:
    requests, said = sent_by_the_client(), [*_answers_of_the_mock(original)]
    conformance, mirror, generated = Conformance(original), Mirror(original), Generated(original)

    def exchanged(document: Changed) -> Iterator[str]:
        describer = Describer(document)
        for name, status, body in said:
            if not describer.describes(name, status, body):
                yield f"{name} {status} is not described: {body}"

    return (
        Detector("self-check of the mock", _loads),
        Detector("verdicts: answers", _described),
        Detector("client: what it sends", lambda document: _refused(document, requests)),
        Detector("server: what the mock answers", exchanged),
        Detector("verdicts: requests", _verdicts),
        Detector("client: what it refuses", limit_wrongs),
        Detector("verdicts: walks", lambda document: walk_wrongs(opener(Document.of(document), original))),
        Detector("drift: generated code", generated.differences),
        Detector("server: schemathesis", conformance.failures),
        Detector("client: mirror", mirror.failures),
    )


def _described(document: Changed) -> Iterator[str]:
    describer = Describer(document)
    yield from describer.link_wrongs()
    yield from describer.result_wrongs()
    yield from describer.default_wrongs()
    yield from describer.form_wrongs()
    yield from describer.wrongs(ANSWERS)


def _loads(document: Changed) -> Iterator[str]:
    Document.of(document)
    yield from ()


def _refused(document: Changed, requests: Mapping[str, list[Sent]]) -> Iterator[str]:
    for name, bodies in requests.items():
        yield from refused_by(document, name, bodies)


def _verdicts(document: Changed) -> Iterator[str]:
    played = Document.of(document)
    for errors, rows in ASKED.items():
        yield from wrongs(prepared(errors, played), rows, shown=80)


def _answers_of_the_mock(original: Changed) -> Iterator[tuple[str, int, Any]]:
    """What the mock says to the rows, each kind of answer once."""
    seen: set[tuple[object, ...]] = set()
    for errors in ("status", "envelope"):
        asked = prepared(errors, Document.of(original))
        for row in SMALL_ROWS:
            reply = asked.reply(row)
            name = _operation(asked.mock, row)
            if name is None or not reply.body:
                continue
            body = json.loads(reply.body)
            key = (name, reply.status, reply.code, body.get("msg"), row.codes if reply.code == 200 else "")
            if key not in seen:
                seen.add(key)
                yield name, reply.status, body


def _operation(mock: Mock, row: Row) -> str | None:
    name = mock.requests[-1].operation
    return None if name in ("result", "file") or row.method == "HEAD" else name
