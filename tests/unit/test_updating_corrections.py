"""What a new version does to the corrections: which are in its way, and which it makes doubtful."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from comparing import comparing
from regeneration import documents
from updating import correcting, reminding

DOCUMENT: dict[str, Any] = documents.loads(
    """\
openapi: 3.0.0
info: {title: A, version: 1.0.0}
security: [{Key: []}]
paths:
  /make:
    post:
      operationId: make
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                size: {type: string, enum: [small, large], default: small, description: Of one picture.}
                steps: {type: number, description: '30 if nothing is said (Max: 49)', maximum: 49}
                seed: {type: integer}
                noise: {type: number}
      responses: {'200': {$ref: '#/components/responses/Made'}}
components:
  responses:
    Made: {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Code'}}}}
  schemas:
    Code: {type: integer, enum: [200, 401]}
""",
    "a.yaml",
)
SCHEMA = "$.paths['/make'].post.requestBody.content['application/json'].schema"
OVERLAY = f"""\
overlay: 1.1.0
info: {{title: Corrections, version: 1.0.0}}
extends: ../upstream/a.yaml
actions:
  - {{target: "{SCHEMA}.properties.steps", description: Whole., update: {{type: integer, x-apikley-certainty: seen}}}}
  - {{target: "{SCHEMA}.properties['size', 'steps']", description: Both., x-matches: 2, update: {{x-both: true}}}}
  - target: {SCHEMA}.properties
    description: Unsaid.
    update:
      size: {{x-default: small, x-price: {{small: 1, large: 2}}}}
      steps: {{x-default: 30}}
      seed: {{x-role: seed}}
  - {{target: $.components.schemas.Code, description: Another has them all., remove: true}}
  - {{target: $.security, description: Each says it., remove: true}}
"""
PLACE = ("paths", "/make", "post", "requestBody", "content", "application/json", "schema", "properties")


def changed(*place: Any, to: Any = None) -> dict[str, Any]:
    """The document with another value at a place, or without it."""
    new = deepcopy(DOCUMENT)
    inner = new
    for part in place[:-1]:
        inner = inner[part]
    if to is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    return new


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    for name, text in (("upstream/a.yaml", documents.dumps(DOCUMENT)), ("overlays/10-a.yaml", OVERLAY)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "companion").mkdir()
    (tmp_path / "upstream/SHA256SUMS").touch()
    return tmp_path


def reminded(spec: Path, new: dict[str, Any]) -> list[str]:
    """What is said of the corrections, without the file's name."""
    changes = comparing.compare(DOCUMENT, new)
    told = reminding.reminders(spec, spec / "upstream/a.yaml", changes)
    return [line.removeprefix("spec/overlays/10-a.yaml, ") for line in told]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            changed(*PLACE, "steps", "type", to="integer"),
            [
                "action 1, says steps type integer, as the document does itself now: that is not needed any more."
            ],
        ),
        (
            changed(*PLACE, "size", "default", to="large"),
            ["action 3, states x-default small of size; see that it still holds."],
        ),
        (
            changed(*PLACE, "size", "enum", to=["large"]),
            [
                "action 3, states x-default small of size; see that it still holds.",
                "action 3, states x-price.small 1 of size; see that it still holds.",
            ],
        ),
        (
            changed(*PLACE, "steps", "description", to="28 if nothing is said (Max: 49)"),
            ["action 3, states x-default 30 of steps; see that it still holds."],
        ),
        (
            changed(*PLACE, "size", "enum", to=["small", "large", "huge"]),
            ["action 3, states x-price of size value by value; add huge."],
        ),
        (
            changed("components", "schemas", "Code", "enum", to=[200, 401, 433]),
            [
                "action 4, takes /components/schemas/Code out of the document, and so this with it: value added, 433. "
                "See that what stands in its place says it too."
            ],
        ),
        (changed(*PLACE, "size", "description", to="Of each picture."), []),
        (changed(*PLACE, "steps", "maximum", to=50), []),
        (changed("info", "title", to="B"), []),
        (changed("security"), []),
    ],
    ids=[
        "needless",
        "default",
        "value gone",
        "figure in a text",
        "new value",
        "taken out",
        "text",
        "bound",
        "elsewhere",
        "gone",
    ],
)
def test_a_correction_that_a_change_makes_doubtful_is_named(new: dict[str, Any], told: list[str], spec: Path):
    assert reminded(spec, new) == told


@pytest.mark.parametrize(
    ("new", "number", "problem", "advice"),
    [
        (
            changed(*PLACE, "seed"),
            3,
            "tells something of seed, and /paths/~1make/post/requestBody/content/application~1json/schema/properties "
            "has no such property",
            "seed is gone: take it out of the action.",
        ),
        (
            changed(*PLACE, "size"),
            2,
            "matches 1, and x-matches says 2",
            "size is gone: take it out of the target, and write x-matches: 1.",
        ),
        (
            changed("security"),
            5,
            "matches nothing",
            "The document has it no more: take the action out of the file.",
        ),
    ],
    ids=["an annotation of nothing", "one of two", "nothing to remove"],
)
def test_a_correction_that_no_longer_fits_is_told_with_what_to_do(
    new: dict[str, Any], number: int, problem: str, advice: str, spec: Path, monkeypatch: pytest.MonkeyPatch
):
    (spec / "upstream/a.yaml").write_text(documents.dumps(new), encoding="utf-8")
    monkeypatch.setattr(correcting.assembling, "verify_vendored", lambda _: None)
    misfits = {
        each.number: each
        for each in correcting.leave_out_misfits(spec, comparing.compare(DOCUMENT, new)).misfits
    }
    assert (misfits[number].problem, misfits[number].advice) == (problem, advice)
    assert misfits[number].is_needless is (problem == "matches nothing")
