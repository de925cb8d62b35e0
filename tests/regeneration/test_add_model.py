"""Adding a model in one command: what it writes, what it refuses, and what the result can do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apikley.mock import Document, Mock, Request
from regeneration import assembling, documents, generating, regenerating
from updating import inert

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/qwen"
TEXT, IMAGE = DATA / "text-to-image.yaml", DATA / "image-to-image.yaml"
CREATE = "/api/v1/jobs/createTask"


Checkout = Any
"""That of conftest, which cannot be imported from here."""
pytestmark = pytest.mark.usefixtures("once")


@pytest.fixture(scope="module")
def untouched(copied: Callable[[], Checkout], once: None) -> Checkout:
    """A checkout of one model, whatever others the project has, for all tests that see nothing change in it."""
    checkout = copied()
    checkout.keep_only("market/qwen/image-edit.yaml")
    return checkout


@pytest.fixture(scope="module")
def one(copied: Callable[[], Checkout], untouched: Checkout) -> Checkout:
    """The same after text-to-image was added, with what the command told."""
    checkout = like(untouched, copied())
    checkout.told = checkout.run("add-model", str(TEXT))
    return checkout


@pytest.fixture(scope="module")
def both(one: Checkout, copied: Callable[[], Checkout]) -> Checkout:
    """The same after image-to-image was added as well."""
    checkout = like(one, copied())
    checkout.told = checkout.run("add-model", str(IMAGE))
    return checkout


def like(model: Checkout, checkout: Checkout) -> Checkout:
    """The checkout with the documents and the package of another."""
    for name in ("spec", "generated"):
        shutil.rmtree(checkout.folder / name)
        shutil.copytree(model.folder / name, checkout.folder / name)
    return checkout


def schemas(checkout: Checkout) -> dict[str, Any]:
    """The schemas of the operation's body, by model."""
    document = checkout.document()
    body = document["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"]["schema"]
    named = [document["components"]["schemas"][each["$ref"].rpartition("/")[2]] for each in body["oneOf"]]
    return {each["properties"]["model"]["enum"][0]: each for each in named}


def inputs(checkout: Checkout, model: str) -> dict[str, Any]:
    return schemas(checkout)[model]["properties"]["input"]["properties"]


# What it writes -----------------------------------------------------------------------------------


def test_it_tells_what_it_wrote_and_what_is_left_to_decide(one: Checkout, both: Checkout):
    told = [
        "added: spec/upstream/market/qwen/text-to-image.yaml",
        "added: spec/overlays/60-qwen-text-to-image.yaml: 23 corrections, as for qwen/image-edit;"
        " read each against the page",
        "changed: spec/upstream/SHA256SUMS",
        "changed: spec/upstream/README.md; page title and address are to be filled in",
        "changed: generated/",
        "to decide: 90-whole.yaml speaks of qwen/image-edit",
    ]
    assert one.told == (0, "\n".join(told) + "\n", "")
    assert [line for line in both.told[1].splitlines() if line.startswith("to decide")] == [
        "to decide: no role known for strength (number)",
        "to decide: no price known: no property bears x-apikley-credits",
        "to decide: 90-whole.yaml speaks of qwen/image-edit",
    ]


def test_the_document_is_kept_byte_for_byte_and_signed(both: Checkout):
    for path in (TEXT, IMAGE):
        assert (both.folder / "spec/upstream/market/qwen" / path.name).read_bytes() == path.read_bytes()
    assembling.verify_vendored(both.folder / "spec/upstream")
    table = [
        line for line in (both.folder / "spec/upstream/README.md").read_text().splitlines() if line[:1] == "|"
    ]
    assert [line.split("|")[1].strip() for line in table[-2:]] == [
        "`market/qwen/text-to-image.yaml`",
        "`market/qwen/image-to-image.yaml`",
    ]


def test_nothing_that_was_there_is_touched_but_the_sums_the_table_and_what_is_generated(
    untouched: Checkout, one: Checkout
):
    before, after = untouched.snapshot(), one.snapshot()
    changed = {
        name for name in before if before[name] != after.get(name) and not name.startswith("generated/")
    }
    assert changed == {"spec/upstream/SHA256SUMS", "spec/upstream/README.md"}


def test_the_result_is_what_regeneration_makes_of_it(both: Checkout):
    assert both.run("regenerate", "--check") == (0, "generated/ is what spec/ says\n", "")


def test_a_body_is_that_of_one_of_the_models(one: Checkout, both: Checkout):
    assert [*schemas(one)] == ["qwen/image-edit", "qwen/text-to-image"]
    assert [*schemas(both)] == ["qwen/image-edit", "qwen/image-to-image", "qwen/text-to-image"]
    titles = [(each["title"], each["properties"]["input"]["title"]) for each in schemas(both).values()]
    assert titles == [
        ("QwenImageEditRequest", "QwenImageEditInput"),
        ("QwenImageToImageRequest", "QwenImageToImageInput"),
        ("QwenTextToImageRequest", "QwenTextToImageInput"),
    ]


def test_what_was_known_of_the_first_model_stays_as_it_is(untouched: Checkout, both: Checkout):
    schema = untouched.document()["paths"][CREATE]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert schemas(both)["qwen/image-edit"] == schema


def test_every_value_has_the_role_it_has_in_the_first_model(both: Checkout):
    roles = {
        model: {
            name: each["x-apikley-role"]
            for name, each in inputs(both, model).items()
            if "x-apikley-role" in each
        }
        for model in schemas(both)
    }
    shared = {
        "prompt": "prompt",
        "output_format": "format",
        "seed": "seed",
        "negative_prompt": "negative-prompt",
    }
    assert roles["qwen/text-to-image"] == shared | {"image_size": "size"}
    assert roles["qwen/image-to-image"] == shared | {"image_url": "source"}


def test_defaults_are_each_model_s_own_and_nothing_unsaid_is_sent(both: Checkout):
    defaults = {
        model: {name: each.get("x-apikley-default") for name, each in inputs(both, model).items()}
        for model in schemas(both)
    }
    common = {
        "num_inference_steps": 30,
        "guidance_scale": 2.5,
        "acceleration": "none",
        "output_format": "png",
    }
    common |= {"prompt": None, "seed": None, "negative_prompt": None, "enable_safety_checker": True}
    assert defaults["qwen/text-to-image"] == common | {"image_size": "square_hd"}
    assert defaults["qwen/image-to-image"] == common | {"image_url": None, "strength": 0.8}
    assert not any("default" in each for model in schemas(both) for each in inputs(both, model).values())


def test_faults_of_the_page_are_corrected_and_its_own_bounds_are_kept(both: Checkout):
    for model in ("qwen/text-to-image", "qwen/image-to-image"):
        assert schemas(both)[model]["required"] == ["model", "input"]
        prompt, steps = (inputs(both, model)[name] for name in ("prompt", "num_inference_steps"))
        assert (prompt["minLength"], prompt["maxLength"], prompt["example"]) == (1, 5000, "make it night")
        assert (steps["type"], steps["minimum"], steps["maximum"]) == ("integer", 2, 250)
    source = inputs(both, "qwen/image-to-image")["image_url"]
    first = inputs(both, "qwen/image-edit")["image_url"]
    assert (source["format"], source["pattern"]) == (first["format"], first["pattern"])
    assert source["x-apikley-file"]["maximumBytes"] == 10 * 1024 * 1024


def test_every_correction_says_why_and_from_where(one: Checkout):
    overlay = documents.load(one.folder / "spec/overlays/60-qwen-text-to-image.yaml")
    assert overlay["extends"] == "../upstream/market/qwen/text-to-image.yaml"
    reasons = [action["description"] for action in overlay["actions"]]
    assert all(reason.endswith(" As for qwen/image-edit.") for reason in reasons[:-2])
    assert len(reasons) == 23


def test_with_dry_run_the_corrections_are_printed_and_nothing_is_written(
    untouched: Checkout, one: Checkout, monkeypatch
):
    monkeypatch.setattr(regenerating, "regenerate", lambda spec, work: work / "generated")
    monkeypatch.setattr(inert, "check_package", lambda *_: None)
    before = untouched.snapshot()
    code, output, complaints = untouched.run("add-model", "--dry-run", str(TEXT))
    assert (code, output) == (0, (one.folder / "spec/overlays/60-qwen-text-to-image.yaml").read_text())
    assert complaints.splitlines() == [
        line.replace("added", "would be added").replace("changed", "would be changed")
        for line in one.told[1].splitlines()
    ]
    assert untouched.snapshot() == before


# What it refuses ----------------------------------------------------------------------------------


def spoilt(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        return text

    return spoil


MODEL = "qwen/text-to-image"
REFUSED = {
    "no YAML": (spoilt(("openapi: 3.0.0", "openapi: [")), "new.yaml, line 4: is not YAML"),
    "another path": (
        spoilt((CREATE, "/api/v1/jobs/create")),
        "new.yaml: defines POST /api/v1/jobs/create; every model's document defines POST /api/v1/jobs/createTask alone",
    ),
    "another method": (
        spoilt(("    post:\n", "    put:\n")),
        "new.yaml: defines PUT /api/v1/jobs/createTask; every",
    ),
    "no operation": (
        spoilt((f"  {CREATE}:\n    post:", "  {}\nx-no:\n  a:\n    b:")),
        "new.yaml: defines nothing; every",
    ),
    "a model that is known": (
        spoilt((MODEL, "qwen/image-edit")),
        "new.yaml: qwen/image-edit is known already, by image-edit.yaml",
    ),
    "a model whose classes are taken": (
        spoilt((MODEL, "qwen/image.edit")),
        "new.yaml: qwen/image.edit and qwen/image-edit would have classes of one name",
    ),
    "several models": (
        spoilt((f"- {MODEL}\n", f"- {MODEL}\n                    - qwen/other\n")),
        "new.yaml: its body has no property `model` with an enum of exactly one name",
    ),
    "a model that would leave the folder": (
        spoilt((MODEL, "../../../x")),
        "new.yaml: the model '../../../x' cannot be the name of a file",
    ),
    "code as a property's name": (
        spoilt(("                    seed:\n", "                    '__import__(\"os\")':\n")),
        "new.yaml: /paths/~1api~1v1~1jobs~1createTask/post/requestBody/content/application~1json/schema/properties"
        '/input/properties/__import__("os") is named ',
    ),
    "another word in the answer": (
        spoilt(("example: task_qwen_1765179676651", "example: task_7f3")),
        "upstream/market/qwen/text-to-image.yaml: says something else than the others, outside of the request's body: "
        "/components/schemas/CreatedTask/properties/taskId/example: spec/upstream/market/qwen/image-edit.yaml says "
        '"task_qwen_1765179676651", spec/upstream/market/qwen/text-to-image.yaml says "task_7f3"',
    ),
    "an answer that cannot be corrected alike": (
        spoilt(("                allOf:\n", "                anyOf:\n")),
        "new.yaml: a correction of qwen/image-edit does not fit it: carried over, action 1 ",
    ),
}


@pytest.mark.parametrize(("spoil", "told"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_by_name_and_leaves_everything_as_it_was(
    spoil: Callable[[str], str], told: str, untouched: Checkout, tmp_path: Path
):
    (tmp_path / "new.yaml").write_text(spoil(TEXT.read_text()))
    before = untouched.snapshot()
    code, output, complaints = untouched.run("add-model", str(tmp_path / "new.yaml"))
    assert (code, output) == (1, "")
    assert complaints.replace(f"{tmp_path}/", "").startswith(f"add-model: {told}")
    assert untouched.snapshot() == before


def test_a_generator_that_fails_leaves_everything_as_it_was(untouched: Checkout, monkeypatch):
    def fails(*_: object) -> None:
        raise generating.GenerationFailed("openapi_python_client failed")

    monkeypatch.setattr(generating, "generate", fails)
    before = untouched.snapshot()
    assert untouched.run("add-model", str(TEXT)) == (1, "", "add-model: openapi_python_client failed\n")
    assert untouched.snapshot() == before


def test_a_vendored_document_edited_by_hand_stops_it(checkout: Checkout):
    with (checkout.folder / "spec/upstream/market/qwen/image-edit.yaml").open("a") as file:
        file.write("x-mine: true\n")
    code, _, complaints = checkout.run("add-model", str(TEXT))
    assert (code, complaints.partition(": ")[2][:63]) == (
        1,
        "spec/upstream/market/qwen/image-edit.yaml: was edited since it ",
    )


@pytest.mark.parametrize(
    "arguments", [[], ["--dry-run"], ["--force", "a.yaml"], ["a.yaml", "b.yaml"], ["--dry"]]
)
def test_other_arguments_are_wrong_usage(arguments: list[str], untouched: Checkout):
    code, output, complaints = untouched.run("add-model", *arguments)
    assert (code, output) == (2, "")
    assert "usage: add-model [--dry-run] DOCUMENT.yaml" in complaints


def test_where_a_tool_is_missing_it_says_so_under_its_own_name(untouched: Checkout):
    command = [sys.executable, "-S", str(untouched.folder / "scripts/add-model"), str(TEXT)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("add-model: attrs, openapi-python-client, ")


# What the result can do ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driven(both: Checkout) -> dict[str, Any]:
    """What a process in which the new package is on the path makes of a task of each model."""
    command = [sys.executable, str(Path(__file__).with_name("driving.py")), str(ROOT / "examples/coffee.jpg")]
    path = os.pathsep.join([str(both.folder / "generated"), str(ROOT / "overlay")])
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_generated_client_sends_a_body_of_each_model(driven, both: Checkout):
    assert driven["package"] == str(both.folder / "generated/apikley_generated")
    assert driven["generated"] == [200, 200]


def test_a_model_without_a_source_makes_a_picture_of_the_size_and_for_the_price_of_its_own(driven):
    assert driven["text"]["pictures"] == [["PNG", 768, 1024]]
    assert driven["text"]["credits"] == 2.5


def test_the_record_names_the_model_and_repeats_what_was_said(driven):
    assert driven["text"]["model"] == "qwen/text-to-image"
    assert driven["text"]["request"] == {"prompt": "a lighthouse", "image_size": "portrait_4_3", "seed": 7}
    assert driven["edit"]["model"] == "qwen/image-edit"


def test_a_file_is_uploaded_where_the_model_takes_a_source(driven):
    assert driven["image"]["model"] == "qwen/image-to-image"
    assert driven["image"]["pictures"] == [["JPEG", 600, 400]]
    link = driven["image"]["request"].pop("image_url")
    assert link.startswith("https://")
    assert driven["image"]["request"] == {"prompt": "at night", "strength": 0.5, "output_format": "jpeg"}


def test_whoever_awaits_gets_the_same(driven):
    assert driven["awaited"] == driven["text"]


def test_an_edit_is_what_it_was(driven):
    assert driven["edit"]["pictures"] == [["PNG", 1024, 768]] * 2
    assert driven["edit"]["credits"] == 5


def test_what_a_model_s_own_document_does_not_allow_is_refused_before_anything_is_sent(driven):
    assert driven["wrong"] == [
        "model must be one of qwen/image-edit, qwen/image-to-image, qwen/text-to-image, not 'qwen/image-to-text'",
        "input.prompt has 5001 characters; at most 5000 are allowed",
        "input.image_url is not in the model's document; did you mean 'image_size'?",
        "input.image_url is required",
        "input.strength must be at most 1, not 1.01",
        "input.num_inference_steps must be at most 250, not 251",
    ]
    assert driven["asked for what is wrong"] == 0


# How its mock answers -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mocked(both: Checkout) -> Document:
    return Document.of(both.document())


def whole(model: str | None, **wish: Any) -> dict[str, Any]:
    body = {"model": model, "input": {"prompt": "night"} | wish}
    return {name: value for name, value in body.items() if value is not None}


SAID = {
    "a model that nobody knows": (whole("qwen/other"), 422, "Validation Error", "enum", "/model"),
    "such a model with an empty input": (
        {"model": "qwen/other", "input": {}},
        422,
        "Validation Error",
        "enum",
        "/model",
    ),
    "no model": (whole(None), 422, "This field is required", "required", "/model"),
    "no input": ({"model": MODEL}, 422, "This field is required", "required", "/input"),
    "no prompt": (whole(MODEL, prompt=""), 500, "prompt is required", "minLength", "/input/prompt"),
    "a prompt too long": (
        whole(MODEL, prompt="a" * 5001),
        422,
        "Validation Error",
        "maxLength",
        "/input/prompt",
    ),
    "no source": (
        whole("qwen/image-to-image"),
        422,
        "This field is required",
        "required",
        "/input/image_url",
    ),
    "too much strength": (
        whole("qwen/image-to-image", image_url="https://example.com/a.png", strength=2),
        422,
        "Validation Error",
        "maximum",
        "/input/strength",
    ),
    "too many steps for this model": (
        whole("qwen/image-edit", image_url="https://example.com/a.png", num_inference_steps=50),
        422,
        "Validation Error",
        "maximum",
        "/input/num_inference_steps",
    ),
    "not too many for that one": (whole(MODEL, num_inference_steps=250), 200, "success", None, None),
}


@pytest.mark.parametrize(("body", "code", "message", "rule", "pointer"), SAID.values(), ids=SAID)
def test_a_refusal_names_the_rule_of_the_model_that_was_meant(mocked, body, code, message, rule, pointer):
    reply = asked(Mock(document=mocked), body)
    said = json.loads(reply.body)
    assert (said["code"], said["msg"]) == (code, message)
    told = dict(reply.headers)
    assert (told.get("x-mock-rule"), told.get("x-mock-pointer")) == (rule, pointer)


def test_a_picture_made_of_words_alone_is_another_one_for_other_words_and_the_same_for_the_same(mocked):
    mock = Mock(document=mocked)
    wishes = [whole(MODEL, prompt=prompt) for prompt in ("a", "b", "a")]
    tasks = [json.loads(asked(mock, wish).body)["data"]["taskId"] for wish in wishes]
    first, second, third = (pictured(mock, task) for task in tasks)
    assert first == third != second


def asked(mock: Mock, body: object) -> Any:
    headers = {"authorization": "Bearer sk-test-1", "content-type": "application/json"}
    return mock.handle(
        Request("POST", CREATE, "", headers, json.dumps(body).encode(), "https://api.apikley.ru")
    )


def pictured(mock: Mock, task_id: str) -> bytes:
    headers = {"authorization": "Bearer sk-test-1"}
    query = f"taskId={task_id}"
    origin = "https://api.apikley.ru"
    for _ in range(10):
        reply = mock.handle(Request("GET", "/api/v1/jobs/recordInfo", query, headers, b"", origin))
        if result := json.loads(reply.body)["data"]["resultJson"]:
            path = json.loads(result)["resultUrls"][0].removeprefix(origin)
            return mock.handle(Request("GET", path, "", {}, b"", origin)).body
    raise AssertionError("the task does not end")
