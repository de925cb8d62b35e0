"""What a property's text tells beside its schema."""

import json
import re

from regeneration.documents import Document, Json, is_same

MEBIBYTE = 1024 * 1024
"""What 1 MB is read as."""


def default(schema: Document) -> tuple[Json, str]:
    """The default that a property's text or else its schema tells, and what is doubtful about it."""
    said = schema.get("default")
    text = " ".join(str(schema.get("description") or "").split())
    found = re.search(r"Default value: *(\"[^\"]*\"|'[^']*'|[^\s(]+)", text)
    told = _value(found[1].strip("\"'"), schema) if found else None
    if told is None or said is None or is_same(told, said):
        return (said if told is None else told), ""
    doubt = (
        f"its text tells the default {json.dumps(told)}, its schema {json.dumps(said)}; the text was taken"
    )
    return told, doubt


def file_facts(schema: Document, said: Json) -> Json:
    """What a property's text says of the files that it leads to, in place of what was said of the known model's."""
    text = " ".join(str(schema.get("description") or "").split())
    types, size = (
        re.search(r"Accepted types: ([^;)]+)", text),
        re.search(r"Max size: (\d+(?:\.\d+)?) ?MB", text),
    )
    if not types or not size:
        return None
    media_types: list[Json] = [each.strip() for each in types[1].split(",")]
    facts: Document = {"mediaTypes": media_types, "maximumBytes": round(float(size[1]) * MEBIBYTE)}
    return (said if isinstance(said, dict) else {}) | facts


def _value(text: str, schema: Document) -> Json:
    """A text as a value of a schema; None where it is none, or says nothing."""
    match schema.get("type"):
        case "string":
            allowed = schema.get("enum")
            return text if text.strip() and (not isinstance(allowed, list) or text in allowed) else None
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "integer" | "number" if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text) if "." in text else int(text)
    return None
