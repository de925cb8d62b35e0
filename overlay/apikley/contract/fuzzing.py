"""Requests that nobody thought of, made up by schemathesis: GET only, of what never creates a task."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from apikley.contract.document import Document
from apikley.contract.extras import contract_extra
from apikley.contract.requests import Request

if TYPE_CHECKING:
    import hypothesis
    import schemathesis
    from schemathesis import GenerationMode
else:
    with contract_extra():
        import hypothesis
        import schemathesis
        from schemathesis import GenerationMode


def made_up(document: Document, does: str, count: int) -> Iterator[Request]:
    """So many requests at most, half of them wrong on purpose; the same whenever they are made up.

    The engine is handed a document that has this operation alone, and nothing that it could send with.
    """
    operation = document.operation(does)
    if operation.method != "GET" or does == "create-task":
        raise ValueError(f"{operation.id} is not one that is made up")
    engine: Any = schemathesis.openapi.from_dict(_alone(document, does))
    modes = [GenerationMode.POSITIVE]
    if operation.said.get("parameters"):
        modes.append(GenerationMode.NEGATIVE)
    seen: set[str] = set()
    for mode in modes:
        strategy = engine[operation.path]["GET"].as_strategy(generation_mode=mode)
        for case in _drawn(strategy, count // len(modes)):
            query = _to_query(case.query)
            if query not in seen:
                seen.add(query)
                yield Request(method="GET", path=operation.path, query=query)


def _drawn(strategy: Any, count: int) -> list[Any]:
    """Some values of a strategy."""
    drawn: list[Any] = []
    every: Any = hypothesis.HealthCheck

    @hypothesis.settings(
        max_examples=max(1, count),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(every),
    )
    @hypothesis.given(strategy)
    def draw(case: Any) -> None:
        drawn.append(case)

    draw()
    return drawn[:count]


def _alone(document: Document, does: str) -> dict[str, Any]:
    """The document with one operation. The key is ours to add, and no security is left to play with."""
    operation = document.operation(does)
    said = {
        key: each for key, each in operation.said.items() if key not in ("security", "callbacks", "responses")
    }
    schemas = document.json["components"]["schemas"]
    return {
        "openapi": document.json["openapi"],
        "info": document.json["info"],
        "paths": {
            operation.path: {operation.method.lower(): {**said, "responses": {"200": {"description": ""}}}}
        },
        "components": {"schemas": schemas},
    }


def _to_query(query: Any) -> str:
    """The query as a URL has it; what is no text in UTF-8 is left out."""
    pairs = [(str(name), value) for name, value in dict(query or {}).items()]
    try:
        return urlencode(pairs, doseq=True)[:2000]
    except UnicodeEncodeError:
        return ""
