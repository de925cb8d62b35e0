"""What a schema of OpenAPI 3.0 says is what the judge says."""

import copy

import pytest

from apikley.contract import pictures
from apikley.contract.document import Document
from apikley.contract.guarding import is_harmless
from apikley.contract.plan import cheapest, to_plan
from apikley.contract.schemas import Schemas
from apikley.errors import InvalidRequest
from contract import judging
from contract.live.doors import mutated


def faults(schema, value, **named):
    document = Document({"paths": {}, "servers": [{"url": "/"}], "components": {"schemas": named}})
    return [(fault.rule, fault.pointer) for fault in Schemas(document).faults(schema, value)]


@pytest.mark.parametrize(
    ("schema", "good", "bad", "rule"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [7], "type"),
        ({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b"], "enum"),
        ({"type": "integer", "format": "int32"}, [2**31 - 1, 1.0], [2**31], "maximum"),
        ({"type": "integer", "format": "int64"}, [-(2**63)], [-(2**63) - 1], "minimum"),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, [0.1], [0], "exclusiveMinimum"),
        ({"type": "number", "maximum": 1, "exclusiveMaximum": False}, [1], [2], "maximum"),
        ({"$ref": "#/components/schemas/A", "type": "string"}, [7], ["a"], "type"),
    ],
)
def test_the_words_of_openapi_are_those_of_json_schema(schema, good, bad, rule):
    for value in good:
        assert faults(schema, value, A={"type": "integer"}) == []
    for value in bad:
        assert [found for found, _ in faults(schema, value, A={"type": "integer"})] == [rule]


def test_a_pointer_leads_to_what_is_wrong():
    schema = {"properties": {"a/b": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}

    assert faults(schema, {"a/b": [1, "x"]}, A={"type": "integer"}) == [("type", "/a~1b/1")]


@pytest.mark.parametrize("name", [each.id for each in Document.shipped().operations()])
def test_examples_of_the_document_pass_by_this_judge_as_by_the_other(name):
    document = Document.shipped()
    schema = document.answer(document.named(name), 200)
    said = document.named(name).said["responses"]["200"]["content"]["application/json"]
    examples = (
        [said["example"]] if "example" in said else [each["value"] for each in said["examples"].values()]
    )
    for example in examples:
        assert [*Schemas(document).faults(schema, example)] == []
        assert judging.validator(judging.CORRECTED, schema).is_valid(example)


def test_the_cheapest_task_is_one_small_picture_of_a_model_that_edits():
    offer = cheapest(Document.shipped())

    assert (offer.model, offer.source, offer.price) == ("qwen/image-edit", "image_url", 1)
    assert offer.fields == {"prompt": "make it night", "image_size": "square", "num_images": "1"}


def test_a_document_without_prices_lets_nothing_be_paid():
    document = Document(mutated(lambda text: text.replace("x-apikley-credits", "x-price")).json)

    with pytest.raises(InvalidRequest, match="names no price"):
        to_plan(document, budget=100)


def test_the_source_picture_is_a_png_that_others_can_read():
    import io

    from PIL import Image

    with Image.open(io.BytesIO(pictures.source())) as picture:
        picture.load()
        assert (picture.format, picture.size, picture.mode) == ("PNG", (512, 512), "RGB")
        assert picture.getpixel((511, 0)) == (255, 64, 0)


def test_of_several_models_the_cheapest_that_edits_is_paid_for_and_all_are_known_to_the_guard():
    document = copy.deepcopy(Document.shipped().json)
    (create,) = (
        operation
        for item in document["paths"].values()
        for operation in item.values()
        if operation.get("x-apikley-does") == "create-task"
    )
    content = create["requestBody"]["content"]["application/json"]
    first = content["schema"] if "oneOf" not in content["schema"] else content["schema"]["oneOf"][0]
    other = {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"type": "string", "enum": ["other/model"]},
            "input": {"type": "object", "properties": {"sentence": {"type": "string"}}},
        },
    }
    content["schema"] = {"oneOf": [other, first]}
    several = Document(document)

    assert cheapest(several).model == "qwen/image-edit"
    for body in (b'{"model": "other/model"}', b'{"x": {"sentence": "a"}}', b'{"model": "qwen/image-edit"}'):
        assert not is_harmless(several, body)
    judged = {"model": "other/model", "input": {"sentence": 7}}
    found = [fault.pointer for fault in Schemas(several).faults(content["schema"], judged)]
    assert found == ["/input/sentence"]
