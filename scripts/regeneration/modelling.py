"""How the document of one more model is taken in."""

import io
import re
import textwrap
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import cast

from attrs import frozen
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString

from regeneration import assembling, documents, overlays
from regeneration.carrying import Known, carry, shared, to_class
from regeneration.documents import Document, Json, Place
from regeneration.joining import JoinError

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class ModelRefused(Exception):
    """A document that is none of one more model; `name` says which, `problem` why."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


@frozen
class Addition:
    """What taking a model in adds to `spec/`. Paths are relative to it."""

    model: str
    document: str
    content: bytes
    """The document as received."""
    corrections: str
    overlay: str
    count: int
    """How many corrections the overlay holds."""
    origin: str
    """The model whose corrections were carried over."""
    notes: list[str]
    """What a maintainer has to decide."""


@frozen
class _Vendored:
    """A document that is there, by what tells it apart."""

    path: Path
    document: Document
    operation: Place
    model: str


def plan(spec: Path, path: Path) -> Addition:
    """See what the document at `path` adds; nothing is written.

    Raises `ModelRefused`, or what `assembling.assemble` raises for what is there already.
    """
    spec = spec.resolve()
    assembling.verify_vendored(spec / "upstream")
    document = documents.load(path)
    known = list(_vendored(spec))
    operation = _operation(document, str(path), known)
    model = _model(document, operation)
    _check_model(model, str(path), known)
    nearest = max(
        known, key=lambda each: _likeness(each, document)
    )  # the first of those that are equally near
    body = (*operation, *_BODY)
    actions = list(_actions(spec, nearest.path))
    try:
        carried = carry(Known(nearest.model, nearest.document, actions), document, model, body)
    except overlays.OverlayError as error:
        raise ModelRefused(str(path), f"a correction of {nearest.model} does not fit it: {error}") from error
    stored = nearest.path.relative_to(spec).as_posix().replace(nearest.model, model)
    return Addition(
        model=model,
        document=stored,
        content=path.read_bytes(),
        corrections=f"overlays/60-{model.replace('/', '-')}.yaml",
        overlay=_overlay(model, f"../{stored}", carried.actions),
        count=len(carried.actions),
        origin=nearest.model,
        notes=[*carried.notes, *_stale(spec, [each.model for each in known])],
    )


def write(addition: Addition, spec: Path, received: date) -> None:
    """Put the document and its corrections into `spec`, with its sum and its line in the table."""
    for name, content in {
        addition.document: addition.content,
        addition.corrections: addition.overlay.encode(),
    }.items():
        (spec / name).parent.mkdir(parents=True, exist_ok=True)
        (spec / name).write_bytes(content)
    name = Path(addition.document).relative_to("upstream").as_posix()
    sums = spec / "upstream/SHA256SUMS"
    with sums.open("a", encoding="utf-8") as file:
        file.write(f"{assembling.sha256(spec / addition.document)}  {name}\n")
    readme = spec / "upstream/README.md"
    row = (
        f"| `{name}` | the OpenAPI document of the model `{addition.model}` | | | {received.isoformat()} |\n"
    )
    readme.write_text(_with_row(readme.read_text(encoding="utf-8"), row), encoding="utf-8")


def check(spec: Path, addition: Addition) -> Document:
    """Join all documents where the addition was written; raises `ModelRefused` if it does not go with the others."""
    try:
        return assembling.assemble(spec)
    except JoinError as error:
        raise ModelRefused(
            addition.document, f"says something else than the others, outside of the request's body: {error}"
        ) from error


def _vendored(spec: Path) -> Iterator[_Vendored]:
    for path in sorted((spec / "upstream").rglob("*.yaml")):
        document = documents.load(path)
        for operation in _operations(document):
            if model := _model(document, operation):
                yield _Vendored(path, document, operation, model)


def _operation(document: Document, name: str, known: list[_Vendored]) -> Place:
    """Where the document's only operation stands, which is that of the others."""
    wanted = known[0].operation
    found = list(_operations(document))
    if found != [wanted]:
        told = ", ".join(_told(place) for place in found) or "nothing"
        raise ModelRefused(name, f"defines {told}; every model's document defines {_told(wanted)} alone")
    return wanted


def _told(place: Place) -> str:
    return f"{str(place[2]).upper()} {place[1]}"


def _operations(document: Document) -> Iterator[Place]:
    for path, item in _object(document.get("paths")).items():
        for method in _object(item):
            if method in _METHODS:
                yield "paths", path, method


def _model(document: Document, operation: Place) -> str:
    """The only model that the body of the operation may name; empty if there is none."""
    match _at(document, (*operation, *_BODY, "properties", "model")):
        case {"enum": [str(model)]} | {"const": str(model)}:
            return model
    return ""


def _check_model(model: str, name: str, known: list[_Vendored]) -> None:
    if not model:
        raise ModelRefused(name, "its body has no property `model` with an enum of exactly one name")
    if not _NAME.fullmatch(model):
        raise ModelRefused(name, f"the model {model!r} cannot be the name of a file")
    for each in known:
        if each.model == model:
            raise ModelRefused(name, f"{model} is known already, by {each.path.name}")
        if to_class(each.model) == to_class(model):
            raise ModelRefused(name, f"{model} and {each.model} would have classes of one name")


def _likeness(known: _Vendored, document: Document) -> int:
    body = (*known.operation, *_BODY)
    return shared(_object(_at(known.document, body)), _object(_at(document, body)))


def _actions(spec: Path, path: Path) -> Iterator[Document]:
    """The corrections of a document, as the overlays hold them."""
    for file in assembling.corrections(spec):
        overlay = documents.load(file)
        extended = overlay.get("extends")
        if isinstance(extended, str) and (file.parent / extended).resolve() == path:
            yield from cast("list[Document]", overlay["actions"])


def _stale(spec: Path, models: list[str]) -> Iterator[str]:
    """Corrections of the whole that speak of single models."""
    for file in assembling.corrections(spec):
        overlay = documents.load(file)
        for model in models:
            if "extends" not in overlay and model in documents.dumps(overlay["actions"]):
                yield f"{file.name} speaks of {model}"


def _overlay(model: str, document: str, actions: list[Document]) -> str:
    whole: Document = {
        "overlay": "1.1.0",
        "info": {"title": f"What {model} needs corrected", "version": "1.0.0"},
        "extends": document,
        "actions": [{**action, "description": _folded(str(action["description"]))} for action in actions],
    }
    yaml = YAML()
    yaml.width = 10_000  # a path that is broken over lines is hard to read
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(whole, text)
    return text.getvalue().rstrip("\n") + "\n"


def _folded(text: str) -> str:
    """A long text as YAML shall break it: into lines of at most a hundred characters."""
    lines = textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2 or " ".join(lines) != text:
        return text
    folded = FoldedScalarString(text)
    folded.fold_pos = [*accumulate(len(line) + (number > 0) for number, line in enumerate(lines[:-1]))]
    return cast("str", folded)


def _with_row(text: str, row: str) -> str:
    """The table with one more row at its end."""
    lines = text.splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if line.startswith("|"))
    return "".join([*lines[: last + 1], row, *lines[last + 1 :]])


def _at(value: Json, place: Place) -> Json:
    for key in place:
        value = _object(value).get(str(key))
    return value


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}


_BODY: Place = ("requestBody", "content", "application/json", "schema")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
