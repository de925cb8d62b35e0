"""Which nodes of a document a JSONPath selects (RFC 9535)."""

from typing import cast

from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment, JSONPathSyntaxError
from jsonpath.token import TOKEN_LG

from regeneration.documents import Json, Place


def select(query: str, document: Json) -> dict[Place, Json]:
    """Every node once, in document order: a query may select one node twice. Raises `JSONPathError`."""
    return {match.parts: cast("Json", match.value) for match in compiled(query).finditer(document)}


def compiled(query: str) -> JSONPath | CompoundJSONPath:
    """The query, checked; raises `JSONPathError`."""
    # 2.2.2 lets this operator through in strict mode; RFC 9535 has no such thing.
    for token in _RFC_9535.lexer.tokenize(query):
        if token.kind == TOKEN_LG:
            raise JSONPathSyntaxError("unexpected '<>'", token=token)
    return _RFC_9535.compile(query)


class _Rfc9535(JSONPathEnvironment):
    """python-jsonpath as RFC 9535 has it: strict mode, and no slices of strings."""

    def getitem(self, obj: object, key: object) -> object:
        return () if isinstance(obj, str) else super().getitem(obj, key)


_RFC_9535 = _Rfc9535(strict=True)
