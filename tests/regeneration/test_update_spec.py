"""update-spec as its users meet it: what it takes in, what it tells, what it refuses, and what it leaves alone."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from regeneration import assembling, documents, generating, regenerating
from updating import inert, storing

ROOT = Path(__file__).parents[2]
UPSTREAM = "spec/upstream/market/qwen/image-edit.yaml"
PAGE = "spec/upstream/market/qwen/image-edit.page.txt"
PAGE_TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
YAML_TEXT = (ROOT / UPSTREAM).read_text(encoding="utf-8")
STEPS = "/properties/input/properties/num_inference_steps"

Checkout = Any
"""That of conftest, which cannot be imported from here."""
pytestmark = pytest.mark.usefixtures("once")


def update(checkout: Checkout, text: str | bytes, *options: str) -> tuple[int, str, str]:
    """Hand a text in, the contract tests left out; exit code, output and complaints."""
    new = checkout.inbox / "received"
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    return checkout.run("update-spec", str(new), "--no-tests", *options)


@pytest.fixture
def unmade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make no package where nothing of it is asked for: the one that is there stands for it."""
    monkeypatch.setattr(inert, "check", lambda *_: None)
    made = ROOT / "generated"
    monkeypatch.setattr(
        regenerating, "regenerate", lambda _, work: Path(shutil.copytree(made, work / "generated"))
    )


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with pieces replaced that stand in it once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


FEWER_STEPS = ("maximum: 49\n", "maximum: 40\n")
MORE_SPEED = ("- regular\n- high\n", "- regular\n- high\n- turbo\n")
CHANGED_PAGE = changed(PAGE_TEXT, FEWER_STEPS, MORE_SPEED)
CHANGED_YAML = changed(
    YAML_TEXT, ("maximum: 49\n", "maximum: 40\n"), ("- high\n", "- high\n                        - turbo\n")
)

# What it takes in ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PAGE_TEXT, "Nothing changed."),
        (YAML_TEXT, "Nothing changed."),
        (
            YAML_TEXT.replace("info:\n", "info:  # it\n"),
            "Nothing changed but the layout, so the vendored text stays.",
        ),
    ],
    ids=["the page", "the document", "the document with a comment"],
)
def test_what_is_vendored_already_is_nothing_to_do(text: str, told: str, untouched: Checkout):
    before = untouched.snapshot()
    assert update(untouched, text) == (0, f"{UPSTREAM}\n\n{told}\n", "")
    assert untouched.snapshot() == before


def test_a_page_is_taken_in_whole_and_the_package_follows(checkout: Checkout):
    before = checkout.snapshot()
    code, told, complaints = update(checkout, CHANGED_PAGE, "--received", "2026-11-27")
    assert (code, complaints) == (0, "")
    after = checkout.snapshot()
    different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in different if not name.startswith("generated/")} == {
        UPSTREAM,
        PAGE,
        "spec/upstream/SHA256SUMS",
        "spec/upstream/README.md",
    }
    assert after[PAGE] == CHANGED_PAGE.encode()
    assert after[UPSTREAM] == CHANGED_YAML.encode()
    assert b"| 2026-11-27 |" in after["spec/upstream/README.md"]
    assembling.verify_vendored(checkout.folder / "spec/upstream")
    assert checkout.run("regenerate", "--check")[0] == 0
    assert "Breaking for users (1)\n  maximum lowered [request]: 49 → 40\n" in told
    assert "Compatible (1)\n  value added [request]: turbo\n" in told
    assert "options.Acceleration lists the values by hand: added turbo." in told
    assert "models.QwenImageEditInputAcceleration" in told
    assert "\033[" not in told


def test_a_document_as_yaml_is_vendored_as_it_came_and_the_old_page_goes(checkout: Checkout):
    code, told, _ = update(checkout, CHANGED_YAML)
    assert code == 0
    assert (checkout.folder / UPSTREAM).read_text() == CHANGED_YAML
    assert not (checkout.folder / PAGE).exists()
    assert "image-edit.page.txt` |" not in (checkout.folder / "spec/upstream/README.md").read_text()
    assert "No page came with this version" in told
    assembling.verify_vendored(checkout.folder / "spec/upstream")


def test_a_dry_run_writes_nothing_and_tells_programs_all_in_json(untouched: Checkout):
    before = untouched.snapshot()
    code, output, _ = update(untouched, CHANGED_YAML, "--json", "--dry-run")
    told = json.loads(output)
    assert code == 0
    assert told["file"] == UPSTREAM
    assert told["counts"] == {"breaking": 1, "compatible": 1, "wording": 0}
    lowered = next(each for each in told["changes"] if each["what"] == "maximum lowered")
    assert lowered["pointer"].endswith(f"{STEPS}/maximum")
    assert (lowered["old"], lowered["new"], lowered["side"]) == (49, 40, "request")
    assert "apikley_generated.models.QwenImageEditInput.num_inference_steps" in lowered["generated"]
    assert "apikley.EditOptions.num_inference_steps" in lowered["overlay"]
    assert told["version"]["part"] == "minor"
    assert [*told["changelog"]] == ["Added", "Changed"]
    assert told["outcome"] == "A dry run: nothing was written."
    assert untouched.snapshot() == before


def test_whoever_fears_a_break_is_refused_one(untouched: Checkout, unmade: None):
    before = untouched.snapshot()
    code, told, _ = update(untouched, CHANGED_YAML, "--fail-on", "breaking")
    assert code == 1
    assert "there are changes that are breaking or worse" in told
    assert untouched.snapshot() == before


def test_what_is_not_feared_is_taken_in(untouched: Checkout, unmade: None):
    text = changed(YAML_TEXT, ("title: Qwen API", "title: Qwen's API"))
    code, told, _ = update(untouched, text, "--fail-on", "compatible", "--dry-run")
    assert (code, "Wording only (1)" in told) == (0, True)


def test_the_tests_run_before_anything_is_written_and_what_fails_is_named(checkout: Checkout):
    for tier in ("lock", "drift"):
        folder = checkout.folder / "tests/contract" / tier
        folder.mkdir(parents=True)
        (folder / "test_facts.py").write_text(
            "import pytest\nfrom pathlib import Path\n"
            "DOCUMENT = Path(__file__).parents[3] / 'spec/upstream/market/qwen/image-edit.yaml'\n"
            "@pytest.mark.parametrize('maximum', [40, 49])\n"
            "def test_maximum(maximum): assert f'maximum: {maximum}\\n' in DOCUMENT.read_text()\n"
        )
    (checkout.inbox / "new.yaml").write_text(CHANGED_YAML)
    before = checkout.snapshot()
    code, told, _ = checkout.run("update-spec", str(checkout.inbox / "new.yaml"), "--dry-run")
    assert code == 0
    assert "2 failed, 2 passed" in told
    assert "tests/contract/lock/test_facts.py::test_maximum[49]" in told
    assert "test_maximum[40]" not in told
    assert checkout.snapshot() == before


# Corrections --------------------------------------------------------------------------------------

INPUT_REQUIRED = (
    "- model\n              properties:",
    "- model\n                - input\n              properties:",
)
STEPS_RENAMED = ("                    num_inference_steps:\n", "                    steps:\n")


def test_every_correction_that_is_in_the_way_is_told_in_one_run(untouched: Checkout, monkeypatch):
    monkeypatch.setattr(inert, "check", lambda *_: None)
    before = untouched.snapshot()
    code, output, _ = update(untouched, changed(YAML_TEXT, INPUT_REQUIRED, STEPS_RENAMED), "--json")
    told = json.loads(output)
    assert code == 1
    assert untouched.snapshot() == before
    found = {(each["file"].rpartition("/")[2], each["action"]): each for each in told["corrections"]}
    needless = found.pop(("20-create-task-request.yaml", 1))
    assert needless["needless"] is True
    assert needless["reason"].startswith("The service refuses a request without input")
    assert "take the action out" in needless["advice"]
    assert found, "corrections of num_inference_steps must no longer fit"
    for each in found.values():
        assert each["needless"] is False
        assert each["target"]
        assert each["problem"]
    renamed = [each for each in found.values() if each["target"].endswith(".num_inference_steps")]
    assert all("is called steps now" in each["advice"] for each in renamed)
    assert renamed
    (change,) = (each for each in told["changes"] if each["what"] == "property renamed")
    assert (change["old"], change["new"]) == ("num_inference_steps", "steps")
    assert any(each["name"].endswith("QwenImageEditInput.steps") for each in told["names"])


def test_once_the_needless_correction_is_taken_out_the_same_document_is_taken_in(checkout: Checkout):
    text = changed(YAML_TEXT, INPUT_REQUIRED)
    code, told, _ = update(checkout, text)
    assert (code, "Corrections that are in the way (1)" in told) == (1, True)
    overlay = checkout.folder / "spec/overlays/20-create-task-request.yaml"
    lines = overlay.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith("  - target:")]
    overlay.write_text("".join(lines[: starts[0]] + lines[starts[1] :]), encoding="utf-8")
    assert update(checkout, text)[0] == 0
    assert checkout.run("regenerate", "--check")[0] == 0


def test_a_contradiction_to_another_document_is_told_with_both(untouched: Checkout):
    before = untouched.snapshot()
    text = changed(YAML_TEXT, ("      scheme: bearer\n", "      scheme: basic\n"))
    code, output, _ = update(untouched, text)
    told = " ".join(output.split())
    assert code == 1
    assert f"/components/securitySchemes/BearerAuth/scheme: {UPSTREAM}" in told
    assert 'says "basic"' in told
    assert untouched.snapshot() == before


# What it refuses ----------------------------------------------------------------------------------

EVIL = '\'""" + __import__("os").system("id") {{ 7*7 }} \\N #\''
SMALL = """\
openapi: 3.0.0
info:
  title: Qwen API
  version: 1.0.0
servers:
  - url: https://api.apikley.ru
paths:
  /api/v1/jobs/createTask:
    post:
      summary: Edit
      operationId: qwen-image-edit
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                model:
                  type: string
                  enum:
                    - qwen/image-edit
                prompt:
                  type: string
                  maxLength: 49
      responses:
        '200':
          description: Good
        '500':
          $ref: '#/components/responses/Error'
components:
  schemas:
    Word:
      type: string
  responses:
    Error:
      description: Bad
"""


def small(*pairs: tuple[str, str]) -> str:
    """A document that would do, were it not for these changes: what is wrong with it is told before it is compared."""
    return changed(SMALL, *pairs)


SCHEMAS = "  schemas:\n"
ERROR = "$ref: '#/components/responses/Error'"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "no text": (b"\xff\xfe\x00", "is not UTF-8 at byte 0"),
    "nothing": ("", "is empty"),
    "another YAML": ("a: 1\n", "has no `openapi`"),
    "broken YAML": (small(("info:\n", "info: [\n")), "is not YAML: "),
    "tabs for spaces": (
        small(("  title: Qwen API", "\ttitle: Qwen API")),
        "line 3: is not YAML: the line is indented with a tab, and YAML takes spaces only",
    ),
    "a web page": (
        "<!DOCTYPE html>\n<html><body><pre>\n" + SMALL + "</pre></body></html>\n",
        "is HTML; hand in",
    ),
    "a key that stands twice": (
        small(("info:\n", "openapi: 3.0.0\ninfo:\n")),
        "the key 'openapi' stands twice",
    ),
    "an anchor": (small(("info:\n", "info: &a\n")), "an anchor or alias at /info"),
    "another OpenAPI": (
        small(("openapi: 3.0.0", "openapi: 3.1.0")),
        "is OpenAPI '3.1.0'; only 3.0 is understood",
    ),
    "too large": ("openapi: 3.0.0\nx: " + "a" * 600_000, "is larger than 500000 bytes"),
    "too deep": (small(("paths:\n", "x-a: " + "[" * 300 + "]" * 300 + "\npaths:\n")), "nested deeper"),
    "too many values": (
        small(("components:\n", "x-many: [" + "1," * 25_000 + "1]\ncomponents:\n")),
        "holds more than 20000 values",
    ),
    "a circle of references": (
        small(
            (
                SCHEMAS,
                f"{SCHEMAS}    A:\n      $ref: '#/components/schemas/B'\n"
                "    B:\n      $ref: '#/components/schemas/A'\n",
            )
        ),
        "refers in a circle: /components/schemas/A → /components/schemas/B → /components/schemas/A",
    ),
    "a schema of itself": (
        small(
            (
                SCHEMAS,
                f"{SCHEMAS}    A:\n      properties:\n        a:\n          $ref: '#/components/schemas/A'\n",
            )
        ),
        "refers in a circle: /components/schemas/A → /components/schemas/A",
    ),
    "a reference to a file": (
        small((ERROR, "$ref: '../../../etc/passwd'")),
        "leads out of the document, to '../../../etc/passwd'",
    ),
    "a reference to nothing": (
        small((ERROR, "$ref: '#/components/responses/Gone'")),
        "$ref #/components/responses/Gone leads nowhere",
    ),
    "a reference into the paths": (
        small((ERROR, "$ref: '#/paths/~1api~1v1~1jobs~1createTask/post'")),
        "/500/$ref leads to '#/paths/~1api~1v1~1jobs~1createTask/post', where the generator does not follow",
    ),
    "a property that hides what a class has": (
        small(("                prompt:\n", "                fromDict:\n")),
        "/properties/fromDict would hide `from_dict`, which every generated class has",
    ),
    "two operations of one name": (
        small(
            (
                "components:\n",
                "  /b:\n    get:\n      operationId: qwen-image-edit\n      responses: {}\ncomponents:\n",
            )
        ),
        "operationId qwen-image-edit is also that of",
    ),
    "code as a property's name": (
        small(("                prompt:\n", f"                {EVIL}:\n")),
        "which is no name that code can have",
    ),
    "code as an operation's name": (
        small(("operationId: qwen-image-edit", f"operationId: {EVIL}")),
        "/operationId is named",
    ),
    "code as a title": (
        small(("            schema:\n", f"            schema:\n              title: {EVIL}\n")),
        "/title is named",
    ),
    "a path out of the folder as a title": (
        small(("            schema:\n", "            schema:\n              title: ../../../x\n")),
        "/title is named '../../../x'",
    ),
    "a path out of the folder as a tag": (
        small(("      summary: Edit", "      tags: ['../../x']\n      summary: Edit")),
        "/tags/0 is named '../../x'",
    ),
    "code as a path": (
        small(("  /api/v1/jobs/createTask:", '  /api/"+__import__("os")+":')),
        "which is no name that code can have",
    ),
    "code as a server": (
        small(("- url: https://api.apikley.ru", "- url: 'https://api.apikley.ru/\"+x'")),
        "/servers/0/url is named",
    ),
    "a character that no terminal should see": (
        small(("title: Qwen API", 'title: "Qwen \\e[2J API"')),
        "/info/title holds the control character U+001B",
    ),
    "a text that reads backwards": (
        small(("title: Qwen API", 'title: "Qwen \\u202e API"')),
        "/info/title holds the control character U+202E",
    ),
    "no answers": (small(("      responses:\n", "      x-responses:\n")), "has no `responses`"),
    "a bound that is a text": (
        small(("maxLength: 49", "maxLength: many")),
        "should be a whole number, and is 'many'",
    ),
    "another model": (
        small(("- qwen/image-edit", "- qwen/image-edit-plus")),
        "is of the model qwen/image-edit-plus, which no vendored document is of; scripts/add-model takes it in",
    ),
    "a page of something else": (
        "Hello\nopenapi: 3.0.0\ninfo:\nnonsense here\n",
        "line 4: `nonsense here` has no place here",
    ),
}


@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_in_a_sentence_and_leaves_everything_as_it_was(
    text: str | bytes, told: str, untouched: Checkout
):
    before = untouched.snapshot()
    code, output, complaints = update(untouched, text)
    assert (code, output) == (1, "")
    assert complaints.startswith("update-spec: ")
    assert told in complaints
    assert complaints.count("\n") == 1
    assert len(complaints) < 900
    assert untouched.snapshot() == before


def test_two_properties_that_python_writes_alike_are_told(untouched: Checkout, unmade: None):
    text = small(("                prompt:\n", "                imageUrl: {}\n                image_url:\n"))
    code, output, complaints = update(untouched, text, "--fail-on", "compatible")
    assert (code, complaints) == (1, "")
    assert "has imageUrl and image_url, which Python would write alike" in " ".join(output.split())


def test_the_small_document_is_refused_for_its_faults_alone(untouched: Checkout, unmade: None):
    code, output, complaints = update(untouched, SMALL, "--fail-on", "compatible")
    assert (code, complaints) == (1, "")
    assert "property removed [request]: string" in output


def test_a_line_that_could_stand_twice_is_settled_by_its_owner(untouched: Checkout, unmade: None):
    before = untouched.snapshot()
    page = changed(
        PAGE_TEXT, ("example: blurry, ugly\nrequired:", "example: blurry, ugly\nnullable: true\nrequired:")
    )
    line = page.splitlines().index("nullable: true") + 1
    code, output, complaints = update(untouched, page)
    assert (code, output) == (1, "")
    assert f"--place {line}=negative_prompt or --place {line}=input" in complaints
    code, output, _ = update(untouched, page, "--place", f"{line}=input", "--dry-run", "--json")
    (change,) = json.loads(output)["changes"]
    assert (code, change["pointer"].rpartition("/schema")[2]) == (0, "/properties/input/nullable")
    assert untouched.snapshot() == before


def test_a_vendored_document_that_was_edited_is_not_replaced(checkout: Checkout):
    with (checkout.folder / UPSTREAM).open("a") as file:
        file.write("x-mine: true\n")
    before = checkout.snapshot()
    code, _, complaints = update(checkout, PAGE_TEXT)
    assert (code, "was edited since it was received" in complaints) == (1, True)
    assert checkout.snapshot() == before


@pytest.mark.parametrize(
    "options",
    [[], ["a", "b"], ["a", "--received", "27.11.2026"], ["a", "--place", "x"], ["a", "--fail-on", "x"]],
)
def test_other_arguments_are_wrong_usage(options: list[str], untouched: Checkout):
    before = untouched.snapshot()
    code, output, complaints = untouched.run("update-spec", *options)
    assert (code, output) == (2, "")
    assert "usage: update-spec" in complaints
    assert untouched.snapshot() == before


def test_a_path_that_is_no_vendored_document_is_not_replaced(untouched: Checkout):
    other = str(untouched.folder / "spec/companion/account.yaml")
    code, _, complaints = update(untouched, PAGE_TEXT, "--replaces", other)
    assert (code, "spec/companion/account.yaml: is no vendored document" in complaints) == (1, True)


# Texts that look like code ------------------------------------------------------------------------


def test_texts_that_look_like_code_are_data_in_the_package(checkout: Checkout):
    text = changed(
        YAML_TEXT,
        ("description: Input parameters for the generation task", f"description: {EVIL}"),
        ("description: num_images", f"description: {EVIL}"),
        ("      summary: Generate content using qwen/image-edit", f"      summary: {EVIL}"),
        ("- high\n", f"- high\n                        - {EVIL}\n"),
        ("example: blurry, ugly\n                  required", f"example: {EVIL}\n                  required"),
    )
    assert update(checkout, text)[0] == 0
    package = checkout.folder / "generated/apikley_generated"
    held = 0
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not {"__import__", "system", "os"} & (names | attributes)
        held += sum(
            "__import__" in node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    assert held >= 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('return "UNSET"', "return str(1)", marks=pytest.mark.deep),
        ('return "UNSET"', '__import__("os")\n        return "UNSET"'),
        ("import httpx", "import httpx\nimport os"),
    ],
)
def test_one_statement_more_than_plain_words_make_is_noticed(old: str, new: str, tmp_path: Path):
    document: Any = documents.load(ROOT / "generated/apikley_generated/openapi.json")
    package = shutil.copytree(ROOT / "generated/apikley_generated", tmp_path / "package")
    (path,) = (
        each for each in package.rglob("*.py") if each.name == ("types.py" if "UNSET" in old else "client.py")
    )
    source = path.read_text(encoding="utf-8")
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "plain").mkdir()
    recipe = generating.read_recipe(ROOT / "spec/generator.yaml")
    with pytest.raises(inert.NotInert, match=path.name):
        inert.check(document, recipe, package, tmp_path / "plain")


# A run that does not end --------------------------------------------------------------------------


def test_a_folder_that_cannot_be_put_in_place_puts_the_others_back(tmp_path: Path):
    for name in ("one", "two", "new/one"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "from").write_text(name)
    with pytest.raises(FileNotFoundError):
        storing.replace(
            [(tmp_path / "one", tmp_path / "new/one"), (tmp_path / "two", tmp_path / "new/missing")]
        )
    assert (tmp_path / "one/from").read_text() == "one"
    assert (tmp_path / "two/from").read_text() == "two"


def test_a_run_that_is_ended_leaves_nothing_half_done(checkout: Checkout):
    (checkout.inbox / "received").write_text(CHANGED_PAGE)
    before = checkout.snapshot()
    script = str(checkout.folder / "scripts/update-spec")
    words = [sys.executable, script, str(checkout.inbox / "received"), "--no-tests"]
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.Popen(words, env=quiet, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    while not [*checkout.folder.glob(".regenerate-*/spec")] and run.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.02)
    run.send_signal(signal.SIGTERM)
    _, complaints = run.communicate(timeout=60)
    assert (run.returncode, complaints) == (1, "update-spec: stopped; nothing was written\n")
    assert checkout.snapshot() == before


def test_it_runs_as_a_program_from_anywhere(untouched: Checkout):
    (untouched.inbox / "page.txt").write_text(PAGE_TEXT)
    words = [sys.executable, str(untouched.folder / "scripts/update-spec"), "page.txt"]
    ended = subprocess.run(words, cwd=untouched.inbox, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{UPSTREAM}\n\nNothing changed.\n"
