"""What one operation of the document takes and answers."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from attrs import frozen

from apikley.mock.forms import Form, accepted_and_refused, to_form
from apikley.mock.nodes import Json, Node
from apikley.mock.refusals import Refusal, refusals
from apikley.mock.shapes import Shape, to_parameters, to_shapes

Deed = Literal["create-task", "fetch-task", "store-file", "report-credits", "sign-link"]
MediaType = Literal["application/json", "multipart/form-data"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@frozen(eq=False, repr=False)
class Needs:
    """What a deed cannot do without: one of these roles asked, one answered, and words for these causes."""

    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


_NEEDS: Mapping[Deed, Needs] = {
    "create-task": Needs(
        ("model",), ("task-id",), ("credits-short", "key-capped", "generation-failed", "source-unusable")
    ),
    "fetch-task": Needs(("task-id",), ("state",), ("task-unknown",)),
    "store-file": Needs(("file-content", "file-base64", "file-link"), ("link",)),
    "report-credits": Needs((), ("credits-left",)),
    "sign-link": Needs(("link",), ("link",), ("link-foreign",)),
}
_CAUSES = (
    *("malformed", "invalid", "required", "key-missing", "key-wrong", "route-unknown", "method-unknown"),
    *("rate-limited", "fault"),
)


@frozen(eq=False, repr=False)
class Operation:
    """An operation as the mock plays it."""

    id: str
    method: str
    path: str
    does: Deed
    needs_key: bool
    needs_body: bool
    parameters: Shape
    bodies: Mapping[MediaType, tuple[Shape, ...]]
    answer: Form
    refused: Mapping[int | None, Form]
    refusals: Mapping[str, Refusal]

    def shapes(self) -> Iterator[Shape]:
        """All that a body may be."""
        for alternatives in self.bodies.values():
            yield from alternatives

    def refused_form(self, code: int) -> Form:
        """The form of a refusal: as documented for this status, else as in an answer with HTTP 200."""
        return self.refused.get(code) or self.refused[None]


def to_operation(path: str, method: str, node: Node, forms: dict[str, Form]) -> Operation:
    """`forms`: those of refusals by the pointer of their schema, which most operations share; this adds its own."""
    parameters = [*node.elements("parameters")]
    for parameter in parameters:
        if parameter["in"].text not in ("query", "path"):
            raise parameter.error("the mock reads parameters of the query and the path only")
    accepted, refused = accepted_and_refused(_ok(node)["schema"])
    operation = Operation(
        id=node["operationId"].text,
        method=method.upper(),
        path=path,
        does=_deed(node),
        needs_key=_needs_key(node),
        needs_body=_needs_body(node),
        parameters=to_parameters(parameters, node),
        bodies=dict(_bodies(node)),
        answer=_answer(node, accepted),
        refused=dict(_refused(node, refused, forms)),
        refusals=refusals(Node.top(node.root)) | refusals(node),
    )
    _check_needs(node, operation)
    return operation


def _deed(node: Node) -> Deed:
    said = node["x-apikley-does"]
    for deed in _NEEDS:
        if deed == said.text:
            return deed
    raise said.error(f"the mock cannot do {said.text!r}")


def _needs_key(node: Node) -> bool:
    demanded = node.get("security") or Node.top(node.root).get("security")
    if demanded is None or not demanded.value:
        return False
    schemes = Node.top(node.root)["components"]["securitySchemes"]
    for alternative in Node(node.root, node.pointer, {"security": demanded.value}).elements("security"):
        for name, _ in alternative.members():
            if (schemes[name]["type"].text, schemes[name]["scheme"].text) != ("http", "bearer"):
                raise schemes[name].error("the mock knows only bearer keys")
    return True


def _needs_body(node: Node) -> bool:
    required = node.get("requestBody", "required")
    return required is not None and required.value is True


def _bodies(node: Node) -> Iterator[tuple[MediaType, tuple[Shape, ...]]]:
    content = node.get("requestBody", "content")
    for name, media in content.members() if content else ():
        for known in get_args(MediaType):
            if known == name:
                yield known, to_shapes(media["schema"])
                break
        else:
            raise media.error("the mock cannot read this media type")


def _ok(node: Node) -> Node:
    return node["responses"]["200"]["content"]["application/json"]


def _answer(node: Node, accepted: Node) -> Form:
    samples = [value for _, value in examples(_ok(node))]
    return to_form(accepted, samples[0] if samples else None)


def _refused(node: Node, refused: Node | None, forms: dict[str, Form]) -> Iterator[tuple[int | None, Form]]:
    for status, response in node["responses"].members():
        schema = response.get("content", "application/json", "schema")
        if schema and status.isdigit() and status != "200":
            refused = refused or schema
            yield int(status), _form(schema, forms)
    if refused is None:
        raise node.error("no response says what a refusal looks like")
    yield None, _form(refused, forms)


def _form(schema: Node, forms: dict[str, Form]) -> Form:
    if schema.pointer not in forms:
        forms[schema.pointer] = to_form(schema)
    return forms[schema.pointer]


def _check_needs(node: Node, operation: Operation) -> None:
    needs, shapes = _NEEDS[operation.does], [operation.parameters, *operation.shapes()]
    if needs.asked and all(shape.roles.keys().isdisjoint(needs.asked) for shape in shapes):
        raise node.error(f"{operation.does} takes something with the role {' or '.join(needs.asked)}")
    if operation.answer.roles.isdisjoint(needs.answered):
        raise node.error(f"{operation.does} answers something with the role {' or '.join(needs.answered)}")
    if not all(form.roles >= {"code", "message"} for form in operation.refused.values()):
        raise node.error("a refusal has places for a code and a message")
    for cause in (*_CAUSES, *needs.causes):
        if cause not in operation.refusals:
            raise node.error(f"x-apikley-refusals, here and at the root, says nothing on {cause!r}")


def examples(media: Node) -> Iterator[tuple[Node, Json]]:
    """The examples of a body, each with the place where it stands."""
    if single := media.get("example"):
        yield single, single.value
    several = media.get("examples")
    for _, each in several.members() if several else ():
        yield each["value"], each["value"].value
