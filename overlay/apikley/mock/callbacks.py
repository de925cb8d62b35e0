"""How the document has the end of a task told."""

from attrs import frozen

from apikley.mock.forms import Form, to_form
from apikley.mock.nodes import Node
from apikley.mock.operations import Operation


@frozen(eq=False, repr=False)
class Callback:
    """The form of what is POSTed, its codes and words, and the headers that prove who sent it."""

    form: Form
    success_code: int
    success_message: str
    failure_code: int
    timestamp_header: str
    signature_header: str


def to_callback(node: Node, operation: Operation) -> Callback | None:
    """What an operation that creates tasks says of callbacks, if anything."""
    schema = _schema(node)
    if schema is None:
        return None
    form, headers = to_form(schema), schema["x-apikley-signature"]
    if all("callback-link" not in shape.roles for shape in operation.shapes()):
        raise node.error("nothing in its request has the role callback-link")
    if missing := sorted({"task-id", "state", "code"} - form.roles):
        raise schema.error(f"a callback tells something with the role {' and '.join(missing)}")
    code = operation.answer.constant("code")
    return Callback(
        form=form,
        success_code=code if isinstance(code, int) else 200,
        success_message=str(operation.answer.constant("message") or ""),
        failure_code=operation.refusals["generation-failed"].code,
        timestamp_header=headers["timestamp"].text.lower(),
        signature_header=headers["signature"].text.lower(),
    )


def _schema(node: Node) -> Node | None:
    """Of the first callback's body."""
    said = node.get("callbacks")
    for _, callback in said.members() if said else ():
        for _, path in callback.members():
            return path["post"]["requestBody"]["content"]["application/json"]["schema"]
    return None
