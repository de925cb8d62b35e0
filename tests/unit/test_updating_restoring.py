"""Structure that a copied page lost: what is restored, what guides it, and what is refused."""

import re
from collections.abc import Callable
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString

from regeneration import documents
from regeneration.documents import DocumentError
from restoring import lines, restoring
from restoring.guiding import Guide
from updating import receiving
from updating.receiving import Known

DATA = Path(__file__).parents[1] / "data" / "updating"
PAGE = (DATA / "image-edit.page.txt").read_text(encoding="utf-8")
TEXT = (DATA / "image-edit.yaml").read_text(encoding="utf-8")
BASE: dict[str, Any] = documents.loads(TEXT, "image-edit.yaml")
GUIDE = Guide(BASE)
TASK = "/api/v1/jobs/createTask"


def dumped(value: Any) -> str:
    """The document as other YAML, long texts folded."""

    def styled(value: Any) -> Any:
        match value:
            case dict():
                return {key: styled(inner) for key, inner in value.items()}
            case list():
                return [styled(inner) for inner in value]
            case str() if len(value) > 60 and " " in value:
                folded = FoldedScalarString(" ".join(value.split()))
                folded.fold_pos = [found.end() - 1 for found in re.finditer(r".{40,}? ", folded)]
                return folded
        return value

    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 10_000
    stream = StringIO()
    yaml.dump(styled(value), stream)
    return stream.getvalue()


def flat(text: str) -> list[tuple[int, str]]:
    """The lines of a text as a page shows them."""
    return [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]


def words(value: Any) -> str:
    """The data as text; where a paragraph ends in a description is not compared."""
    return documents.dumps(value).replace("\\n", " ")


def restored(document: Any, guide: Guide = GUIDE, places: dict[int, str] | None = None) -> Any:
    return documents.loads(restoring.restore(flat(dumped(document)), "page", guide, places), "restored")


def operation(document: Any) -> Any:
    return document["paths"][TASK]["post"]


def body(document: Any) -> Any:
    return operation(document)["requestBody"]["content"]["application/json"]["schema"]


def properties(document: Any) -> Any:
    return body(document)["properties"]["input"]["properties"]


def answer(document: Any) -> Any:
    return operation(document)["responses"]["200"]["content"]["application/json"]


def put(mapping: dict[str, Any], position: int, key: str, value: Any) -> None:
    items = list(mapping.items())
    items.insert(position, (key, value))
    mapping.clear()
    mapping.update(items)


def change(spoil: Callable[[Any], object]) -> Any:
    document = deepcopy(BASE)
    spoil(document)
    return document


def test_the_vendored_text_comes_back_byte_for_byte(tmp_path: Path):
    (tmp_path / "page").write_text(PAGE)
    received = receiving.receive(tmp_path / "page", [Known(BASE, PAGE)])
    assert received.text == TEXT
    assert (received.title, received.address) == ("Qwen - image-edit", "market/qwen/image-edit")
    assert received.page == PAGE
    assert received.notes == ()


MASK = {
    "type": "object",
    "properties": {"url": {"type": "string"}, "mode": {"type": "string", "enum": ["a", "b"]}},
    "required": ["url"],
}
STRENGTH = {
    "description": "How strongly the picture is changed, where 1.0 remakes it in full (Min: 0, Max: 1)",
    "type": "number",
    "minimum": 0,
    "maximum": 1,
    "default": 0.8,
    "example": 0.8,
}


def text_to_image(document: Any) -> None:
    told = properties(document)
    body(document)["properties"]["model"].update(
        enum=["qwen/text-to-image"], default="qwen/text-to-image", example="qwen/text-to-image"
    )
    operation(document).update(operationId="qwen-text-to-image", summary="Generate with qwen/text-to-image")
    told["prompt"]["maxLength"] = 5000
    told["num_inference_steps"].update(maximum=250, default=30, example=30)
    told["image_size"]["default"] = "square_hd"
    for name in ("image_url", "sync_mode", "num_images"):
        del told[name]
    body(document)["properties"]["input"]["required"] = ["prompt"]
    example = operation(document)["requestBody"]["content"]["application/json"]["example"]
    example["model"] = "qwen/text-to-image"
    del example["input"]["image_url"]


def image_to_image(document: Any) -> None:
    text_to_image(document)
    told = properties(document)
    del told["image_size"]
    put(told, 1, "image_url", {"type": "string", "description": "The picture"})
    put(told, 2, "strength", STRENGTH)
    body(document)["properties"]["input"]["required"].append("image_url")
    example = operation(document)["requestBody"]["content"]["application/json"]["example"]["input"]
    del example["image_size"]
    example.update(strength=0.8, image_url="https://example.com/a.png")


CHANGES: dict[str, Callable[[Any], object]] = {
    "nothing": lambda d: None,
    "another bound": lambda d: properties(d)["num_inference_steps"].update(maximum=250),
    "a bound less": lambda d: properties(d)["num_inference_steps"].pop("maximum"),
    "a bound more in the middle": lambda d: put(properties(d)["prompt"], 1, "minLength", 1),
    "a keyword more at the end of a property": lambda d: properties(d)["seed"].update(nullable=True),
    "a property first": lambda d: put(properties(d), 0, "strength", STRENGTH),
    "a property between": lambda d: put(properties(d), 5, "strength", STRENGTH),
    "a property last": lambda d: properties(d).update(strength=STRENGTH),
    "a property that is an object": lambda d: put(properties(d), 3, "mask", MASK),
    "a property called like a keyword": lambda d: put(properties(d), 4, "type", {"type": "string"}),
    "a property called like a list": lambda d: put(properties(d), 4, "required", {"type": "boolean"}),
    "a property called example": lambda d: put(properties(d), 4, "example", {"type": "string"}),
    "a property less": lambda d: properties(d).pop("sync_mode"),
    "a property at the top": lambda d: put(body(d)["properties"], 1, "webhook", {"type": "string"}),
    "a property at the top, last": lambda d: body(d)["properties"].update(mask=MASK),
    "a property at the top, last, with its description last": lambda d: body(d)["properties"].update(
        note={"type": "string", "description": "A note"}
    ),
    "a value more": lambda d: properties(d)["acceleration"]["enum"].insert(1, "turbo"),
    "a must more": lambda d: body(d)["required"].append("input"),
    "no musts": lambda d: body(d)["properties"]["input"].pop("required"),
    "a status between": lambda d: put(operation(d)["responses"], 1, "429", {"description": "Slow down"}),
    "a status first": lambda d: put(operation(d)["responses"], 0, "429", {"description": "Slow down"}),
    "a status with a body": lambda d: operation(d)["responses"].update(
        {
            "429": {
                "description": "Slow down",
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/ApiResponse"},
                        "example": {"code": 429, "msg": "slow down"},
                    }
                },
            }
        }
    ),
    "a code more": lambda d: d["components"]["schemas"]["ApiResponse"]["properties"]["code"]["enum"].append(
        433
    ),
    "a header": lambda d: put(
        operation(d),
        2,
        "parameters",
        [{"name": "X-Region", "in": "header", "required": True, "schema": {"type": "string"}}],
    ),
    "a path": lambda d: d["paths"].update(
        {
            "/api/v1/jobs/cancel": {
                "post": {"operationId": "cancel", "responses": {"200": {"description": "ok"}}}
            }
        }
    ),
    "a description that looks like YAML": lambda d: put(
        operation(d),
        1,
        "description",
        "What it does, at length: type: string - Note: properties: none required: no x",
    ),
    "a server": lambda d: d["servers"].append({"url": "https://eu.apikley.ru"}),
    "a tag": lambda d: put(operation(d), 0, "tags", ["Qwen"]),
    "an answer without parts": lambda d: answer(d).update(
        schema={
            "type": "object",
            "properties": {"data": {"type": "object", "properties": {"taskId": {"type": "string"}}}},
        }
    ),
    "the page of text-to-image": text_to_image,
    "the page of image-to-image": image_to_image,
}


AT_EVERY_PUSH = {
    "a property between",
    "a property last",
    "a property called like a list",
    "a status with a body",
    "a header",
    "a description that looks like YAML",
    "an answer without parts",
    "the page of image-to-image",
    "a keyword between two objects that can have it",
    "a keyword of a new list or of its items",
}
"""One of each kind; the others are of the second tier."""


def sampled(cases: dict[str, Any]) -> list[Any]:
    """The cases as pytest takes them, each a tuple or a single value."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=name,
            marks=[pytest.mark.deep] * (name not in AT_EVERY_PUSH),
        )
        for name, case in cases.items()
    ]


@pytest.mark.parametrize("spoil", sampled(CHANGES))
def test_a_changed_page_is_restored_as_it_was(spoil: Callable[[Any], object]):
    document = change(spoil)
    assert words(restored(document)) == words(document)


AMBIGUOUS: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "a keyword between two objects that can have it": (
        lambda d: properties(d)["negative_prompt"].update(nullable=True),
        "`nullable: true` can stand in ",
        "negative_prompt",
    ),
    "a keyword of a new list or of its items": (
        lambda d: put(
            properties(d),
            2,
            "image_urls",
            {"type": "array", "items": {"type": "string"}, "description": "All of them"},
        ),
        "`description: All of them` can stand in ",
        "image_urls",
    ),
    "a key of an example that its schema has not": (
        lambda d: answer(d)["example"]["data"].update(eta=4),
        "`eta: 4` can stand in ",
        "data",
    ),
    "a schema or a property": (
        lambda d: d["components"]["schemas"].update(Extra={"type": "integer"}),
        "`Extra:` can stand in /components/schemas",
        "schemas",
    ),
    "a field of the data or beside it": (
        lambda d: answer(d)["schema"]["allOf"][1]["properties"]["data"]["properties"].update(
            eta={"type": "integer"}
        ),
        "`eta:` can stand in ",
        "properties",
    ),
}


@pytest.mark.parametrize(("spoil", "told", "place"), sampled(AMBIGUOUS))
def test_what_reads_two_ways_is_refused_with_its_line(spoil: Callable[[Any], object], told: str, place: str):
    document = change(spoil)
    with pytest.raises(restoring.Ambiguous) as caught:
        restored(document)
    assert told in str(caught.value)
    line = caught.value.line
    assert line is not None
    assert f"--place {line}={place}" in str(caught.value)


def test_the_owner_of_a_line_can_be_named():
    document = change(AMBIGUOUS["a keyword between two objects that can have it"][0])
    numbered = flat(dumped(document))
    line = next(number for number, text in numbered if text == "nullable: true")
    assert words(restored(document, places={line: "negative_prompt"})) == words(document)
    moved = restored(document, places={line: "input"})
    assert body(moved)["properties"]["input"]["nullable"] is True


def test_without_a_guide_nothing_is_guessed():
    with pytest.raises(restoring.Ambiguous):
        restored(BASE, Guide())


def test_a_list_of_musts_belongs_to_the_object_that_has_the_properties():
    inner = {"properties": {"c": {"type": "string"}}, "required": ["c"]}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "v"},
        "paths": {},
        "components": {"schemas": {"Outer": {"properties": {"inner": inner}}}},
    }
    assert restored(document, Guide()) == document


def test_quotes_in_a_text_are_no_quoted_value():
    numbered = [
        (1, "Options: 'none', 'all'. More"),
        (2, "Words: 'many"),
        (3, "more'"),
        (4, "example: 'a"),
        (5, "b'"),
    ]
    assert [line.texts for line in lines.read(numbered)] == [
        ("Options: 'none', 'all'. More",),
        ("Words: 'many",),
        ("more'",),
        ("example: 'a", "b'"),
    ]


def test_a_line_that_fits_nowhere_is_told():
    told = [*flat("openapi: 3.0.0\ninfo:\ntitle: t\nversion: v\n"), (5, "maxLength: 5")]
    with pytest.raises(DocumentError, match="line 5: `maxLength: 5` has no place here"):
        restoring.restore(told, "page", Guide())


def test_a_page_that_kept_its_indentation_is_taken_as_it_is(tmp_path: Path):
    page = "Qwen\nsome words\n```yaml\n" + TEXT.replace("\n", "\n  ").rstrip(" ").replace(
        "openapi", "  openapi", 1
    )
    (tmp_path / "page").write_text(page + "```\n")
    received = receiving.receive(tmp_path / "page", [Known(BASE, PAGE)])
    assert received.document == BASE


def test_the_site_s_own_words_are_no_part_of_the_document(tmp_path: Path):
    other = PAGE.replace("To find navigation", "Was this page helpful? To find navigation")
    (tmp_path / "page").write_text(other)
    assert receiving.receive(tmp_path / "page", [Known(BASE, PAGE)]).text == TEXT
    (tmp_path / "page").write_text(PAGE[: PAGE.index("To find navigation")])
    received = receiving.receive(tmp_path / "page", [Known(BASE, PAGE)])
    assert received.text == TEXT
    assert "ends without the site's own words" in received.notes[0]


def test_windows_line_ends_and_blank_lines_change_nothing(tmp_path: Path):
    (tmp_path / "page").write_bytes(PAGE.replace("\n", "\r\n").replace("servers:", "\r\nservers:").encode())
    assert receiving.receive(tmp_path / "page", [Known(BASE, PAGE)]).document == BASE


def test_paragraphs_and_lists_of_a_new_text_are_kept_apart():
    numbered = flat(TEXT)
    number = next(
        n
        for n, (_, line) in enumerate(numbered)
        if line == "The URL to receive generation task completion updates."
    )
    numbered[number : number + 2] = [
        (0, "The address that is called when the generation task has ended,"),
        (0, "with its result or its failure."),
        (0, "Optional."),
    ]
    text = documents.loads(restoring.restore(numbered, "page", GUIDE), "restored")
    told = body(text)["properties"]["callBackUrl"]["description"].split("\n")
    assert told[:3] == [
        "The address that is called when the generation task has ended, with its result or its failure.",
        "Optional.",
        "- System will POST task status and results to this URL when generation completes",
    ]
