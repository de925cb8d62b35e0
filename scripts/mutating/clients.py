"""What the committed client sends and refuses, where its limits are read from a changed document."""

import email.message
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from attrs import frozen
from jsonschema_rs import Draft202012Validator

from apikley import Apikley, InvalidRequest, catalogue, limits
from contract.client.limits import PICTURE, REFUSED, STREET, TAKEN, parameter_of, to_wish
from contract.judging import form_fields, operation, validator
from contract.verdicts.answers import TASK, UPLOADED

NAMES = {
    "createTask": "create_task",
    "recordInfo": "get_task",
    "file-stream-upload": "upload_file",
    "file-url-upload": "upload_file_url",
    "credit": "get_credits",
    "download-url": "get_download_url",
}
DATA: dict[str, Any] = {
    "create_task": {"taskId": TASK},
    "get_task": {"taskId": TASK, "state": "waiting"},
    "upload_file": UPLOADED,
    "upload_file_url": UPLOADED,
    "get_credits": 6.97,
    "get_download_url": STREET,
}


@frozen
class Sent:
    """One request of the client."""

    media_type: str
    body: Any


class Service(httpx.MockTransport):
    """Says yes to everything and keeps it."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.sent: dict[str, list[Sent]] = {}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        name = NAMES[request.url.path.rpartition("/")[2]]
        if request.content:
            self.sent.setdefault(name, []).append(_to_sent(request))
        said = {"success": True, "code": 200, "msg": "success", "data": DATA[name]}
        return httpx.Response(200, json=said)


def _to_sent(request: httpx.Request) -> Sent:
    message = email.message.Message()
    message["content-type"] = request.headers["content-type"]
    if message.get_content_type() == "multipart/form-data":
        form = {name: value.decode("latin-1") for name, value in form_fields(request)}
        return Sent(message.get_content_type(), form)
    return Sent(message.get_content_type(), json.loads(request.content))


def sent_by_the_client() -> dict[str, list[Sent]]:
    """The bodies of all that the facts allow, by operation."""
    service = Service()
    with Apikley("sk-test-1", transport=service) as client:
        for parameter, value in TAKEN:
            client.submit(**to_wish(parameter, value))
        client.upload(PICTURE)
        client.upload(STREET)
        client.download_url(STREET)
        client.download_url("http://пример.рф/a b")
    return service.sent


def refused_by(document: dict[str, Any], name: str, bodies: Iterable[Sent]) -> Iterator[str]:
    """What the document does not allow of this."""
    content = operation(document, name)["requestBody"]["content"]
    judges: dict[str, Draft202012Validator] = {}
    for sent in bodies:
        if sent.media_type not in content:
            yield f"{name} takes no {sent.media_type}"
            continue
        if sent.media_type not in judges:
            judges[sent.media_type] = validator(document, content[sent.media_type]["schema"])
        for error in judges[sent.media_type].iter_errors(sent.body):
            yield f"{name} takes no {str(sent.body)[:80]}: {error.message[:80]}"


def limit_wrongs(document: dict[str, Any]) -> Iterator[str]:
    """Each value that the client refuses and should not, or takes and should not."""
    with reading(document), Apikley("sk-test-1", transport=Service()) as client:
        for parameter, value in TAKEN:
            try:
                client.submit(**to_wish(parameter, value))
            except InvalidRequest as error:
                yield f"{parameter} {ascii(value)[:40]} is refused: {error}"
        for parameter, value in REFUSED:
            try:
                client.submit(**to_wish(parameter, value))
            except InvalidRequest as error:
                if error.parameter != parameter_of(parameter, value):
                    yield f"{parameter} {ascii(value)[:40]} is refused as {error.parameter}"
            else:
                yield f"{parameter} {ascii(value)[:40]} is not refused"


@contextmanager
def reading(document: dict[str, Any]) -> Iterator[None]:
    """Have the client read another document than the one it came with."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        with mock.patch.object(catalogue, "files", return_value=Path(folder)):
            _forget()
            try:
                yield
            finally:
                _forget()


def _forget() -> None:
    """What the client keeps of a document once it has read it."""
    for module in (catalogue, limits):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
