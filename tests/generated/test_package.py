"""What is in the generated package, and where it says it comes from."""

import json
import pkgutil
import re
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import apikley_generated
import attrs
from apikley_generated import api, models
from apikley_generated.types import UNSET, Unset
from contract.judging import at, body_places

ROOT = Path(__file__).parents[2]
PACKAGE = files("apikley_generated")
DOCUMENT = json.loads((PACKAGE / "openapi.json").read_text(encoding="utf-8"))
PROVENANCE = json.loads((PACKAGE / "provenance.json").read_text(encoding="utf-8"))


def model_classes() -> dict[str, type]:
    return {name: model for name, model in vars(models).items() if attrs.has(model)}


def titles(value: object) -> set[str]:
    match value:
        case dict():
            own = {value["title"]} if isinstance(value.get("title"), str) and "type" in value else set()
            return own.union(*(titles(inner) for inner in value.values()))
        case list():
            return set().union(*(titles(inner) for inner in value))
    return set()


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_every_input_is_as_the_provenance_says():
    sums = {path: sha256((ROOT / path).read_bytes()).hexdigest() for path in PROVENANCE["inputs"]}
    assert sums == PROVENANCE["inputs"]


def test_the_provenance_names_every_input():
    inputs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "spec").rglob("*.yaml")}
    assert PROVENANCE["inputs"].keys() == inputs


def test_the_provenance_names_document_and_tools():
    assert PROVENANCE["openapi.json"] == sha256((PACKAGE / "openapi.json").read_bytes()).hexdigest()
    assert PROVENANCE["generator"] == "openapi-python-client 0.29.1"
    assert PROVENANCE["formatter"] == "ruff 0.17.6"


def test_the_provenance_does_not_change_by_the_hour_or_the_place():
    text = (PACKAGE / "provenance.json").read_text()
    assert PROVENANCE.keys() == {"generator", "formatter", "inputs", "openapi.json"}
    assert str(ROOT) not in text


def test_every_model_has_the_title_that_the_document_gives_it():
    generated = {name.replace("64", "_64").replace("_", "") for name in model_classes()}
    named = {title.replace("_", "") for title in titles(DOCUMENT)} | {"TaskCallbackData"}
    assert generated <= named


def test_nothing_is_named_after_a_path_or_a_place():
    names = [module.name for module in pkgutil.walk_packages(apikley_generated.__path__)]
    names += [*vars(models)]
    assert [
        name for name in names if re.search(r"(?i)body|response_?\d|type_?\d|api_?v1|jobs|default", name)
    ] == []


def test_operations_stand_under_their_tags():
    tags = [import_module(f"apikley_generated.api.{tag.name}") for tag in pkgutil.iter_modules(api.__path__)]
    found = {
        tag.__name__.rpartition(".")[2]: {module.name for module in pkgutil.iter_modules(tag.__path__)}
        for tag in tags
    }
    assert found == {
        "account": {"get_credits"},
        "files": {"get_download_url", "upload_file", "upload_file_base64", "upload_file_url"},
        "tasks": {"create_task", "get_task"},
    }


def test_only_the_model_has_a_default():
    defaults = {
        (name, field.name): field.default
        for name, model in model_classes().items()
        for field in attrs.fields(model)
        if field.default not in (attrs.NOTHING, UNSET) and field.init
    }
    titles = {model: at(DOCUMENT, place)["title"] for model, place in body_places(DOCUMENT).items()}
    assert defaults == {(title, "model"): model for model, title in titles.items()}
    assert defaults["QwenImageEditRequest", "model"] == "qwen/image-edit"


def test_every_argument_of_a_model_goes_by_its_name():
    positional = [
        (name, field.name)
        for name, model in model_classes().items()
        for field in attrs.fields(model)
        if field.init and not field.kw_only
    ]
    assert positional == []


def test_what_is_unset_is_one_thing_that_says_so():
    assert repr(UNSET) == "UNSET"
    assert not UNSET
    assert isinstance(UNSET, Unset)
