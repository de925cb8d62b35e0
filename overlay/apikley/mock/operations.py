"""What one operation of the document takes and answers."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from attrs import frozen

from apikley.mock.fields import Refusal, refusals
from apikley.mock.forms import Form, accepted_and_refused, to_form
from apikley.mock.nodes import Json, Node
from apikley.mock.shapes import Shape, to_query, to_shapes

Deed = Literal["create-task", "fetch-task", "store-file", "report-credits", "sign-link"]
MediaType = Literal["application/json", "multipart/form-data"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# What a deed cannot do without: one of each group, in the request and in the answer.
_NEEDED: Mapping[Deed, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "create-task": (("model",), ("task-id",)),
    "fetch-task": (("task-id",), ("state",)),
    "store-file": (("file-content", "file-base64", "file-link"), ("link",)),
    "report-credits": ((), ("credits-left",)),
    "sign-link": (("link",), ("link",)),
}


@frozen(eq=False)
class Operation:
    """An operation as the mock plays it."""

    id: str
    method: str
    path: str
    does: Deed
    needs_key: bool
    needs_body: bool
    query: Shape
    variables: Shape
    bodies: Mapping[MediaType, tuple[Shape, ...]]
    answer: Form
    answer_node: Node
    refused: Mapping[int | None, Form]
    refusals: Mapping[str, Refusal]

    def refused_form(self, code: int) -> Form:
        """The form of a refusal: as documented for this status, else as in an answer with HTTP 200."""
        return self.refused.get(code) or self.refused[None]


def to_operation(path: str, method: str, node: Node) -> Operation:
    parameters = [*node.elements("parameters")]
    for parameter in parameters:
        if parameter["in"].text not in ("query", "path"):
            raise parameter.error("the mock reads parameters of the query and the path only")
    operation = Operation(
        id=node["operationId"].text,
        method=method.upper(),
        path=path,
        does=_deed(node),
        needs_key=_needs_key(node),
        needs_body=_needs_body(node),
        query=to_query(each for each in parameters if each["in"].text == "query"),
        variables=to_query(each for each in parameters if each["in"].text == "path"),
        bodies=dict(_bodies(node)),
        answer=_answer(node),
        answer_node=accepted_and_refused(_ok(node)["schema"])[0],
        refused=dict(_refused(node)),
        refusals=refusals(Node.top(node.root)) | refusals(node),
    )
    _check_roles(node, operation)
    return operation


def _deed(node: Node) -> Deed:
    said = node["x-apikley-does"]
    for deed in _NEEDED:
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


def _answer(node: Node) -> Form:
    samples = [value for _, value in examples(_ok(node))]
    return to_form(accepted_and_refused(_ok(node)["schema"])[0], samples[0] if samples else None)


def _refused(node: Node) -> Iterator[tuple[int | None, Form]]:
    _, refused = accepted_and_refused(_ok(node)["schema"])
    for status, response in node["responses"].members():
        schema = response.get("content", "application/json", "schema")
        if schema and status.isdigit() and status != "200":
            refused = refused or schema
            yield int(status), to_form(schema)
    if refused is None:
        raise node.error("no response says what a refusal looks like")
    yield None, to_form(refused)


def _check_roles(node: Node, operation: Operation) -> None:
    asked, answered = _NEEDED[operation.does]
    shapes = (
        operation.query,
        operation.variables,
        *(each for body in operation.bodies.values() for each in body),
    )
    said = {role for shape in shapes for role in shape.roles}
    if asked and said.isdisjoint(asked):
        raise node.error(f"{operation.does} takes something with the role {' or '.join(asked)}")
    if operation.answer.roles.isdisjoint(answered):
        raise node.error(f"{operation.does} answers something with the role {' or '.join(answered)}")
    for form in (*operation.refused.values(),):
        if not form.roles >= {"code", "message"}:
            raise node.error("a refusal has places for a code and a message")


def examples(media: Node) -> Iterator[tuple[Node, Json]]:
    """The examples of a body, each with the place where it stands."""
    if single := media.get("example"):
        yield single, single.value
    several = media.get("examples")
    for _, each in several.members() if several else ():
        yield each["value"], each["value"].value
