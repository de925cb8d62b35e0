"""Which names a change touches, which version it asks for, and how it reads."""

from pathlib import Path

import pytest

from comparing.changes import Change, Level, Side
from regeneration import documents
from updating import naming, reporting, suggesting, touching
from updating.naming import NameChange
from updating.touching import Touched

ROOT = Path(__file__).parents[2]
BODY = ("paths", "/api/v1/jobs/createTask", "post", "requestBody", "content", "application/json", "schema")
INPUT = (*BODY, "properties", "input")
NOTHING = Touched((), ())

DOCUMENT: documents.Json = {
    "paths": {
        "/api/v1/jobs/createTask": {
            "post": {
                "operationId": "create_task",
                "tags": ["tasks"],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "title": "QwenImageEditRequest",
                                "type": "object",
                                "properties": {
                                    "callBackUrl": {"type": "string"},
                                    "input": {
                                        "title": "QwenImageEditInput",
                                        "type": "object",
                                        "properties": {"prompt": {}, "num_images": {}, "acceleration": {}},
                                    },
                                },
                            }
                        }
                    }
                },
            }
        }
    }
}


def change(place: tuple[str | int, ...], what: str = "maxLength lowered", **fields: object) -> Change:
    told = {"old": 2, "new": 1, "level": Level.BREAKING, "why": "because", "side": Side.REQUEST} | fields
    return Change(place, what, **told)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def touch() -> touching.Touching:
    assert isinstance(DOCUMENT, dict)
    version = DOCUMENT, naming.names(ROOT / "generated/apikley_generated")
    return touching.Touching(ROOT / "overlay/apikley", version, version)


@pytest.mark.parametrize(
    ("place", "generated", "overlay"),
    [
        (
            (*INPUT, "properties", "prompt", "maxLength"),
            {"apikley_generated.models.QwenImageEditInput.prompt"},
            {"EditRequest.prompt"},
        ),
        (
            (*INPUT, "properties", "num_images", "maximum"),
            {"apikley_generated.models.QwenImageEditInput.num_images"},
            {"EditOptions.num_images", "EditRequest.num_images"},
        ),
        (
            (*INPUT, "properties", "acceleration", "enum"),
            {
                "apikley_generated.models.QwenImageEditInput.acceleration",
                "apikley_generated.models.QwenImageEditInputAcceleration",
            },
            {"EditOptions.acceleration", "EditRequest.acceleration", "options.Acceleration"},
        ),
        (
            (*BODY, "properties", "callBackUrl", "format"),
            {"apikley_generated.models.QwenImageEditRequest.call_back_url"},
            {"EditOptions.callback_url", "EditRequest.callback_url"},
        ),
        (
            (*BODY[:3], "deprecated"),
            {"apikley_generated.api.tasks.create_task"},
            {"wire.create_task"},
        ),
        ((*INPUT, "properties", "unheard_of"), set(), set()),
        (("info", "version"), set(), set()),
    ],
)
def test_a_change_touches_the_names_of_its_place(
    place: tuple[str, ...], generated: set[str], overlay: set[str], touch: touching.Touching
):
    touched = touch.names(change(place))
    assert {*touched.generated} == generated
    assert {name for name in touched.overlay if name.partition(".")[0] != "models"} == overlay


def test_an_address_is_found_where_our_sources_repeat_it(touch: touching.Touching):
    told = change(("servers", 0, "url"), "server changed", old="https://api.apikley.ru", new="https://x")
    assert "settings.DEFAULT_URL" in touch.names(told).overlay
    assert any("DEFAULT_URL" in line for line in suggesting.chores([(told, touch.names(told))]))


def test_names_that_came_went_or_changed_are_told_without_their_parts(tmp_path: Path):
    for version, text in (
        ("old", "class A:\n    a: int\n    b: str = ''\nclass Gone:\n    c: int\n"),
        ("new", "class A:\n    a: str\n    b: str = ''\ndef come(x: int) -> str: ...\n_secret = 1\n"),
    ):
        (tmp_path / version / "package").mkdir(parents=True)
        (tmp_path / version / "package/module.py").write_text(text)
    old, new = (naming.names(tmp_path / version / "package") for version in ("old", "new"))
    assert naming.difference(old, new) == [
        NameChange("package.module.A.a", "int", "str"),
        NameChange("package.module.Gone", "class", None),
        NameChange("package.module.come", None, "(x: int) -> str"),
    ]


@pytest.mark.parametrize(
    ("version", "level", "new"),
    [
        ("0.1.0", Level.BREAKING, "0.2.0"),
        ("0.1.0", Level.COMPATIBLE, "0.1.1"),
        ("0.1.3", Level.WORDING, "0.1.4"),
        ("1.4.2", Level.BREAKING, "2.0.0"),
        ("1.4.2", Level.COMPATIBLE, "1.5.0"),
        ("1.4.2", Level.WORDING, "1.4.3"),
    ],
)
def test_the_version_follows_from_the_worst_change(version: str, level: Level, new: str):
    changes = [change(("info",), level=Level.WORDING), change(("info",), level=level)]
    bump = suggesting.bump(version, changes, [])
    assert bump is not None
    assert bump.new == new


def test_a_name_that_is_gone_is_breaking_whatever_the_changes_say():
    bump = suggesting.bump("1.0.0", [], [NameChange("a.b", "class", None)])
    assert bump is not None
    assert bump.new == "2.0.0"
    assert suggesting.bump("1.0.0", [], []) is None


def test_colours_are_for_terminals_only():
    report = reporting.Report(
        file="a.yaml", changes=((change(("info", "version")), NOTHING),), outcome="Done."
    )
    plain = reporting.to_text(report, is_terminal=False)
    assert plain.splitlines() == [
        "a.yaml",
        "",
        "Breaking for users (1)",
        "  maxLength lowered [request]: 2 → 1",
        "    /info/version",
        "    Because.",
        "",
        "Done.",
    ]
    assert "\033[31m" in reporting.to_text(report, is_terminal=True)
