"""A vendored document is its page's own: the same words in the same order, with its structure restored.

A document that came as YAML has no page beside it, and nothing to compare its words with.
"""

from functools import cache
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

import pytest

from regeneration import documents

UPSTREAM = Path(__file__).parents[3] / "spec" / "upstream"
DOCUMENT = UPSTREAM / "market/qwen/image-edit.yaml"
PAGES = sorted(UPSTREAM.rglob("*.page.txt"))

# The site hides mail addresses, and YAML would read what it shows instead as a list.
HIDDEN, QUOTED = "[email protected]", "'[email protected]'"

PROPERTIES = {
    "prompt": "description example maxLength type",
    "image_url": "description example type",
    "acceleration": "default description enum example type",
    "image_size": "default description enum example type",
    "num_inference_steps": "default description example maximum minimum type",
    "seed": "description type",
    "guidance_scale": "default description example maximum minimum type",
    "sync_mode": "description example type",
    "num_images": "description enum type",
    "enable_safety_checker": "description example type",
    "output_format": "default description enum example type",
    "negative_prompt": "description example maxLength type",
}
"""What stands under each property of the input; a row each, read off the page by a person."""

of_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def lines_of_the_page(page: Path) -> list[str]:
    """The page's YAML part: from its first key to the site's own words after it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = lines.index("openapi: 3.0.0")
    return [*takewhile(lambda line: not line.startswith("To find navigation"), lines[start:])]


def lines_of_the_document(page: Path) -> list[str]:
    name = page.name.removesuffix(".page.txt")
    return page.with_name(f"{name}.yaml").read_text(encoding="utf-8").splitlines()


@cache
def document() -> dict:
    return documents.load(DOCUMENT)


def request_schema() -> dict:
    operation = document()["paths"]["/api/v1/jobs/createTask"]["post"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


@of_every_page
def test_the_document_has_the_words_of_the_page_in_their_order(page: Path):
    words = " ".join(lines_of_the_page(page)).split()
    assert " ".join(lines_of_the_document(page)).replace(QUOTED, HIDDEN).split() == words


@of_every_page
def test_nothing_but_indentation_and_blank_lines_was_added(page: Path):
    received = [line.strip() for line in lines_of_the_page(page) if line.strip()]
    document = [line.strip() for line in lines_of_the_document(page) if line.strip()]
    changed = [(one, other) for one, other in zip(received, document, strict=True) if one != other]
    assert {*changed} <= {(f"email: {HIDDEN}", f"email: {QUOTED}")}


@of_every_page
def test_the_page_holds_nothing_after_the_document_but_the_hint_of_the_site(page: Path):
    lines = page.read_text(encoding="utf-8").splitlines()
    after = lines[lines.index("openapi: 3.0.0") + len(lines_of_the_page(page)) :]
    hint = (
        "To find navigation and other pages in this documentation, fetch the llms.txt file at: "
        "https://docs.apikley.ru/llms.txt"
    )
    assert [line for line in after if line.strip()] in ([], [hint])


@of_every_page
def test_the_indentation_is_in_steps_of_two_spaces(page: Path):
    lines = lines_of_the_document(page)
    assert {(len(line) - len(line.lstrip(" "))) % 2 for line in lines if line.strip()} == {0}
    assert not [line for line in lines if "\t" in line]


def test_the_files_are_those_that_were_received():
    listed = dict(reversed(line.split("  ")) for line in (UPSTREAM / "SHA256SUMS").read_text().splitlines())
    assert listed == {
        path.relative_to(UPSTREAM).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in UPSTREAM.rglob("*")
        if path.is_file() and path.name not in {"SHA256SUMS", "README.md"}
    }
    assert DOCUMENT.relative_to(UPSTREAM).as_posix() in listed


def test_a_request_has_a_model_an_address_to_call_back_and_an_input():
    schema = request_schema()
    assert list(schema["properties"]) == ["model", "callBackUrl", "input"]
    assert schema["required"] == ["model"]
    assert schema["properties"]["input"]["required"] == ["prompt", "image_url"]


def test_every_property_of_the_input_has_its_row():
    found = request_schema()["properties"]["input"]["properties"].keys()
    new, gone = sorted(found - PROPERTIES.keys()), sorted(PROPERTIES.keys() - found)
    assert not new, f"{DOCUMENT.name} has {', '.join(new)}: read it on the page and add a row to PROPERTIES"
    assert not gone, f"{DOCUMENT.name} has no {', '.join(gone)} any more: take the row out of PROPERTIES"


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_line_of_a_property_stands_under_that_property(name: str):
    found = " ".join(sorted(request_schema()["properties"]["input"]["properties"].get(name, {})))
    row = PROPERTIES[name]
    assert found == row, f"{name} has {found}, and its row says {row}: if the page says so, change the row"


def test_the_whole_example_stands_beside_the_schema_and_not_in_it():
    operation = document()["paths"]["/api/v1/jobs/createTask"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert list(content) == ["schema", "example"]
    assert list(content["example"]) == ["model", "callBackUrl", "input"]
    assert list(operation["responses"]["200"]["content"]["application/json"]) == ["schema", "example"]
    assert list(content["schema"]) == ["type", "required", "properties"]


def test_the_answer_is_the_envelope_and_an_object_with_the_id():
    answer = document()["paths"]["/api/v1/jobs/createTask"]["post"]["responses"]["200"]
    envelope, inline = answer["content"]["application/json"]["schema"]["allOf"]
    assert envelope == {"$ref": "#/components/schemas/ApiResponse"}
    assert list(inline["properties"]["data"]["properties"]) == ["taskId"]


def test_the_root_holds_what_an_openapi_document_holds():
    assert list(document()) == ["openapi", "info", "servers", "security", "paths", "components"]
    assert list(document()["components"]) == ["schemas", "responses", "securitySchemes"]
    assert document()["info"]["contact"] == {"name": "Technical Support", "email": HIDDEN}
    assert list(document()["components"]["securitySchemes"]["BearerAuth"]) == [
        "type",
        "scheme",
        "bearerFormat",
        "description",
    ]


def test_lists_in_descriptions_are_read_item_by_item():
    codes = document()["components"]["schemas"]["ApiResponse"]["properties"]["code"]
    items = codes["description"].splitlines()
    assert [int(line[4:7]) for line in items[1:]] == codes["enum"]
    assert items[2] == ("- **401**: Unauthorized - Authentication credentials are missing or invalid")
