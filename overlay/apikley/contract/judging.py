"""What an exchange has against the document."""

import email.policy
import re
from collections.abc import Iterator
from email.parser import BytesParser
from itertools import islice
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from apikley.contract.document import Document, Operation, Schema
from apikley.contract.exchanges import Exchange, to_json
from apikley.contract.redaction import KEY
from apikley.contract.requests import JSON
from apikley.contract.schemas import Fault, Schemas

# A refusal that says nothing of the request: the service is busy, closed or broken.
TRANSIENT = frozenset({408, 425, 429, 455, 502, 503, 504})

_MOST = 50  # findings in one answer


@frozen(kw_only=True)
class Judgement:
    """What was found: `faults` break the document, `news` is what it does not mention."""

    operation: Operation | None
    faults: tuple[Fault, ...] = ()
    news: tuple[Fault, ...] = ()
    asked_wrong: tuple[Fault, ...] = field(default=())
    """What the request itself has against the document."""


class Judge:
    """Holds exchanges against one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._schemas = Schemas.of(document)

    def judge(self, exchange: Exchange, base_url: str) -> Judgement:
        """Look at a request and its answer. Without an operation there is nothing to hold it against."""
        operation = self.document.at(exchange.method, path_of(exchange.url, base_url) or "")
        if operation is None or not exchange.is_answered:
            return Judgement(operation=operation)
        found = [*islice(self._answer(operation, exchange), _MOST)]
        return Judgement(
            operation=operation,
            faults=tuple(fault for fault in found if fault.rule != "undocumented"),
            news=tuple(fault for fault in found if fault.rule == "undocumented"),
            asked_wrong=tuple(islice(self._asked(operation, exchange), _MOST)),
        )

    def _answer(self, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
        schema = self.document.answer(operation, exchange.status)
        if schema is None:
            known = ", ".join(operation.said["responses"])
            yield Fault("status", "", f"HTTP {exchange.status} is none of {known}")
            return
        if exchange.method == "HEAD" or exchange.lacks_body:
            return
        media_type = exchange.response_header("content-type").partition(";")[0].strip().lower()
        if media_type != JSON:
            yield Fault("media-type", "", f"{media_type or 'no media type'} instead of {JSON}")
        value = exchange.json
        if value is None and exchange.body.strip() != b"null":
            yield Fault("json", "", "the body is no JSON" if exchange.body else "there is no body")
            return
        yield from self._schemas.faults(schema, value)
        yield from self._schemas.strangers(self._schemas.meant(schema, value), value)
        if exchange.code == 200:
            yield from self._meaning(operation, schema, value, exchange)

    def _meaning(
        self, operation: Operation, schema: Schema, value: object, exchange: Exchange
    ) -> Iterator[Fault]:
        """What a schema cannot say: that it is the task that was asked for, and what a text of JSON holds."""
        asked = dict(parse_qsl(urlsplit(exchange.url).query)).get("taskId")
        for pointer, said, found in self._places(self._schemas.meant(schema, value), value):
            if said.get("x-apikley-role") == "task-id" and operation.does == "fetch-task" and found != asked:
                yield Fault("other-task", pointer, f"{found!r:.60} instead of the task that was asked for")
            if (content := said.get("x-apikley-content")) and isinstance(found, str) and found:
                for fault in self._schemas.faults(content, to_json(found.encode("utf-8", "replace"))):
                    yield Fault(fault.rule, f"{pointer}{fault.pointer}", f"in its text: {fault.says}")

    def _places(
        self, schema: Schema, value: object, pointer: str = ""
    ) -> Iterator[tuple[str, Schema, object]]:
        schema = self.document.resolved(schema)
        yield pointer, schema, value
        if isinstance(value, dict):
            for name, each in cast("dict[str, object]", value).items():
                if name in schema.get("properties", {}):
                    yield from self._places(schema["properties"][name], each, f"{pointer}/{name}")

    def _asked(self, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
        if operation.said.get("security") and not _has_key(exchange):
            yield Fault("key", "", "it carries no key of ours")
        query = dict(parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True))
        for parameter in map(self.document.resolved, operation.said.get("parameters", ())):
            name = parameter["name"]
            if name in query:
                for fault in self._schemas.faults(parameter["schema"], query[name]):
                    yield Fault(fault.rule, f"?{name}", fault.says)
            elif parameter.get("required"):
                yield Fault("required", f"?{name}", f"{name!r} is a required parameter")
        if (body := self.document.body(operation)) is not None:
            yield from self._asked_body(*body, exchange)

    def _asked_body(self, media_type: str, schema: Schema, exchange: Exchange) -> Iterator[Fault]:
        sent = exchange.request_header("content-type").partition(";")[0].strip().lower()
        if sent != media_type:
            yield Fault("media-type", "", f"{sent or 'no media type'} instead of {media_type}")
            return
        value = _to_fields(exchange) if media_type != JSON else to_json(exchange.request_body)
        if value is None:
            yield Fault("json", "", "the request's body is no JSON")
        else:
            yield from self._schemas.faults(schema, value)


def path_of(url: str, base_url: str) -> str | None:
    """The path of an address below the API's; None for an address elsewhere."""
    try:
        asked, base = urlsplit(url), urlsplit(base_url)
        if (asked.scheme, asked.hostname, asked.port) != (base.scheme, base.hostname, base.port):
            return None
    except ValueError:
        return None
    prefix = base.path.rstrip("/")
    return asked.path.removeprefix(prefix) if asked.path.startswith(f"{prefix}/") else None


def line(exchange: Exchange) -> str:
    """The request in a line."""
    parts = urlsplit(exchange.url)
    return f"{exchange.method} {parts.path}{f'?{parts.query}' if parts.query else ''}"


def came(exchange: Exchange) -> str:
    """The answer in a line."""
    if not exchange.is_answered:
        return exchange.error or "no answer"
    kind = exchange.response_header("content-type").partition(";")[0]
    if exchange.method == "HEAD" or not exchange.body:
        return f"HTTP {exchange.status}, no body"
    if not kind.startswith(("text/", "application/json")):
        return f"HTTP {exchange.status}, {kind or 'no media type'}"
    text = re.sub(r"\s+", " ", exchange.body[:2000].decode("utf-8", "replace")).strip()
    return f"HTTP {exchange.status} {text[:240]}{'…' if len(text) > 240 else ''}"


def _has_key(exchange: Exchange) -> bool:
    """In our recordings the key has a name; a browser may have left the header out altogether."""
    said = exchange.request_header("authorization")
    return exchange.check is None or said == f"Bearer {KEY}"


def _to_fields(exchange: Exchange) -> dict[str, Any]:
    """The fields of a form, as a server finds them; a file is a text that says so."""
    head = f"Content-Type: {exchange.request_header('content-type')}\r\n\r\n".encode("utf-8", "replace")
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + exchange.request_body)
    if not message.is_multipart():
        return {}
    return {
        str(part.get_param("name", header="content-disposition")): cast(
            "bytes", part.get_payload(decode=True) or b""
        ).decode("utf-8", "replace")
        for part in message.iter_parts()
    }
