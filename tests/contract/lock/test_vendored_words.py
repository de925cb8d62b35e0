"""The vendored document is the page's own: the same words in the same order, with its structure restored."""

from hashlib import sha256
from itertools import takewhile
from pathlib import Path

from regeneration import documents

UPSTREAM = Path(__file__).parents[3] / "spec" / "upstream"
PAGE = UPSTREAM / "market/qwen/image-edit.page.txt"
DOCUMENT = UPSTREAM / "market/qwen/image-edit.yaml"

# The site hides mail addresses, and YAML would read what it shows instead as a list.
HIDDEN, QUOTED = "[email protected]", "'[email protected]'"


def lines_of_the_page() -> list[str]:
    """The page's YAML part: from its first key to the site's own words after it."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("openapi: 3.0.0")
    return [*takewhile(lambda line: not line.startswith("To find navigation"), lines[start:])]


def lines_of_the_document() -> list[str]:
    return DOCUMENT.read_text(encoding="utf-8").splitlines()


def request_schema() -> dict:
    operation = documents.load(DOCUMENT)["paths"]["/api/v1/jobs/createTask"]["post"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def test_the_document_has_the_words_of_the_page_in_their_order():
    words = " ".join(lines_of_the_page()).split()
    assert " ".join(lines_of_the_document()).replace(QUOTED, HIDDEN).split() == words
    assert len(words) == 852


def test_nothing_but_indentation_and_blank_lines_was_added():
    page = [line.strip() for line in lines_of_the_page()]
    document = [line.strip() for line in lines_of_the_document() if line.strip()]
    assert [(one, other) for one, other in zip(page, document, strict=True) if one != other] == [
        (f"email: {HIDDEN}", f"email: {QUOTED}")
    ]


def test_the_page_holds_nothing_after_the_document_but_the_hint_of_the_site():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    after = page[page.index("openapi: 3.0.0") + len(lines_of_the_page()) :]
    assert after == [
        "To find navigation and other pages in this documentation, fetch the llms.txt file at: "
        "https://docs.apikley.ru/llms.txt"
    ]


def test_the_indentation_is_in_steps_of_two_spaces():
    indents = [len(line) - len(line.lstrip(" ")) for line in lines_of_the_document() if line.strip()]
    assert {indent % 2 for indent in indents} == {0}
    assert "\t" not in DOCUMENT.read_text(encoding="utf-8")


def test_the_files_are_those_that_were_received():
    listed = dict(reversed(line.split("  ")) for line in (UPSTREAM / "SHA256SUMS").read_text().splitlines())
    assert listed == {
        path.relative_to(UPSTREAM).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in UPSTREAM.rglob("*")
        if path.is_file() and path.name not in {"SHA256SUMS", "README.md"}
    }
    assert listed.keys() >= {path.relative_to(UPSTREAM).as_posix() for path in (PAGE, DOCUMENT)}


def test_the_input_has_its_twelve_properties_and_the_request_three():
    schema = request_schema()
    assert list(schema["properties"]) == ["model", "callBackUrl", "input"]
    assert schema["required"] == ["model"]
    assert list(schema["properties"]["input"]["properties"]) == [
        "prompt",
        "image_url",
        "acceleration",
        "image_size",
        "num_inference_steps",
        "seed",
        "guidance_scale",
        "sync_mode",
        "num_images",
        "enable_safety_checker",
        "output_format",
        "negative_prompt",
    ]
    assert schema["properties"]["input"]["required"] == ["prompt", "image_url"]


def test_every_line_of_a_property_stands_under_that_property():
    properties = request_schema()["properties"]["input"]["properties"]
    assert {name: sorted(schema) for name, schema in properties.items()} == {
        "prompt": ["description", "example", "maxLength", "type"],
        "image_url": ["description", "example", "type"],
        "acceleration": ["default", "description", "enum", "example", "type"],
        "image_size": ["default", "description", "enum", "example", "type"],
        "num_inference_steps": ["default", "description", "example", "maximum", "minimum", "type"],
        "seed": ["description", "type"],
        "guidance_scale": ["default", "description", "example", "maximum", "minimum", "type"],
        "sync_mode": ["description", "example", "type"],
        "num_images": ["description", "enum", "type"],
        "enable_safety_checker": ["description", "example", "type"],
        "output_format": ["default", "description", "enum", "example", "type"],
        "negative_prompt": ["description", "example", "maxLength", "type"],
    }


def test_the_whole_example_stands_beside_the_schema_and_not_in_it():
    operation = documents.load(DOCUMENT)["paths"]["/api/v1/jobs/createTask"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert list(content) == ["schema", "example"]
    assert len(content["example"]["input"]) == 10
    assert list(operation["responses"]["200"]["content"]["application/json"]) == ["schema", "example"]
    assert list(content["schema"]) == ["type", "required", "properties"]


def test_the_answer_is_the_envelope_and_an_object_with_the_id():
    answer = documents.load(DOCUMENT)["paths"]["/api/v1/jobs/createTask"]["post"]["responses"]["200"]
    envelope, inline = answer["content"]["application/json"]["schema"]["allOf"]
    assert envelope == {"$ref": "#/components/schemas/ApiResponse"}
    assert list(inline["properties"]["data"]["properties"]) == ["taskId"]


def test_the_root_holds_what_an_openapi_document_holds():
    document = documents.load(DOCUMENT)
    assert list(document) == ["openapi", "info", "servers", "security", "paths", "components"]
    assert list(document["components"]) == ["schemas", "responses", "securitySchemes"]
    assert document["info"]["contact"] == {"name": "Technical Support", "email": HIDDEN}
    assert list(document["components"]["securitySchemes"]["BearerAuth"]) == [
        "type",
        "scheme",
        "bearerFormat",
        "description",
    ]


def test_lists_in_descriptions_are_read_item_by_item():
    codes = documents.load(DOCUMENT)["components"]["schemas"]["ApiResponse"]["properties"]["code"]
    items = codes["description"].splitlines()
    assert [int(line[4:7]) for line in items[1:]] == codes["enum"]
    assert items[2] == ("- **401**: Unauthorized - Authentication credentials are missing or invalid")
