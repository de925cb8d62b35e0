"""update-spec as its users meet it: what it takes in, what it tells, what it refuses, and what it leaves alone."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from regeneration import assembling, documents, generating
from updating import inert, storing

ROOT = Path(__file__).parents[3]
UPSTREAM = "spec/upstream/market/qwen/image-edit.yaml"
PAGE = "spec/upstream/market/qwen/image-edit.page.txt"
PAGE_TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
YAML_TEXT = (ROOT / UPSTREAM).read_text(encoding="utf-8")
STEPS = "/properties/input/properties/num_inference_steps"


class Checkout:
    """A copy of all that update-spec reads and writes, and a folder beside it for what is handed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        ignore = shutil.ignore_patterns("__pycache__", "node_modules")
        for name in ("spec", "scripts", "generated", "overlay"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=ignore)
        shutil.copy(ROOT / "pyproject.toml", self.folder)

    def script(self, name: str) -> ModuleType:
        """One of the scripts of this checkout, in this process, which spares the start of another."""
        path = str(self.folder / "scripts" / name)
        loader = SourceFileLoader(name.replace("-", "_"), path)
        module = module_from_spec(spec_from_file_location(loader.name, path, loader=loader))
        loader.exec_module(module)
        return module

    def update(self, text: str | bytes, *options: str) -> int:
        """Hand a text in; without the tests, unless the options ask for them."""
        new = self.inbox / "received"
        new.write_bytes(text if isinstance(text, bytes) else text.encode())
        tests = [] if "--with-tests" in options else ["--no-tests"]
        words = [each for each in options if each != "--with-tests"]
        return self.script("update-spec").main([str(new), *tests, *words])

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")

    def snapshot(self) -> dict[str, bytes | None]:
        """Every file with its bytes, and every folder with None."""
        return {
            path.relative_to(self.folder).as_posix(): None if path.is_dir() else path.read_bytes()
            for path in self.folder.rglob("*")
            if "__pycache__" not in path.parts
        }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with pieces replaced that stand in it once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


FEWER_STEPS = ("maximum: 49\n", "maximum: 40\n")
MORE_SPEED = ("- regular\n- high\n", "- regular\n- high\n- turbo\n")

# What it takes in ---------------------------------------------------------------------------------


def test_what_is_vendored_already_is_nothing_to_do(checkout: Checkout, capfd):
    before = checkout.snapshot()
    assert checkout.update(PAGE_TEXT) == 0
    assert "Nothing changed." in capfd.readouterr().out
    assert checkout.update(YAML_TEXT) == 0
    assert "Nothing changed but the layout" not in capfd.readouterr().out
    assert checkout.update(YAML_TEXT.replace("info:\n", "info:  # it\n")) == 0
    assert "Nothing changed but the layout" in capfd.readouterr().out
    assert checkout.snapshot() == before


def test_a_page_is_taken_in_whole_and_the_package_follows(checkout: Checkout, capfd):
    before = checkout.snapshot()
    page = changed(PAGE_TEXT, FEWER_STEPS, MORE_SPEED)
    assert checkout.update(page, "--received", "2026-11-27") == 0
    told = capfd.readouterr().out
    after = checkout.snapshot()
    different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in different if not name.startswith("generated/")} == {
        UPSTREAM,
        PAGE,
        "spec/upstream/SHA256SUMS",
        "spec/upstream/README.md",
    }
    assert after[PAGE] == page.encode()
    assert after[UPSTREAM].decode() == changed(
        YAML_TEXT,
        ("maximum: 49\n", "maximum: 40\n"),
        ("- high\n", "- high\n                        - turbo\n"),
    )
    assert b"| 2026-11-27 |" in after["spec/upstream/README.md"]
    assembling.verify_vendored(checkout.folder / "spec/upstream")
    assert checkout.script("regenerate").main(["--check"]) == 0
    assert "Breaking for users (1)\n  maximum lowered [request]: 49 → 40\n" in told
    assert "Compatible (1)\n  value added [request]: turbo\n" in told
    assert "options.Acceleration lists the values by hand: added turbo." in told
    assert "models.QwenImageEditInputAcceleration" in told
    assert "\033[" not in told


def test_a_document_as_yaml_is_vendored_as_it_came_and_the_old_page_goes(checkout: Checkout, capfd):
    text = changed(YAML_TEXT, ("maximum: 49\n", "maximum: 60\n"))
    assert checkout.update(text) == 0
    assert (checkout.folder / UPSTREAM).read_text() == text
    assert not (checkout.folder / PAGE).exists()
    assert "image-edit.page.txt` |" not in (checkout.folder / "spec/upstream/README.md").read_text()
    assert "No page came with this version" in capfd.readouterr().out
    assembling.verify_vendored(checkout.folder / "spec/upstream")


def test_a_dry_run_writes_nothing_and_tells_programs_all_in_json(checkout: Checkout, capfd):
    before = checkout.snapshot()
    assert checkout.update(changed(PAGE_TEXT, FEWER_STEPS, MORE_SPEED), "--json", "--dry-run") == 0
    told = json.loads(capfd.readouterr().out)
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
    assert checkout.snapshot() == before


def test_whoever_fears_a_break_is_refused_one(checkout: Checkout, capfd):
    before = checkout.snapshot()
    assert checkout.update(changed(PAGE_TEXT, FEWER_STEPS), "--fail-on", "breaking") == 1
    assert "there are changes that are breaking or worse" in capfd.readouterr().out
    assert checkout.snapshot() == before
    assert checkout.update(changed(PAGE_TEXT, MORE_SPEED), "--fail-on", "breaking") == 0


def test_the_tests_run_before_anything_is_written_and_what_fails_is_named(checkout: Checkout, capfd):
    for tier in ("lock", "drift"):
        folder = checkout.folder / "tests/contract" / tier
        folder.mkdir(parents=True)
        (folder / "test_facts.py").write_text(
            "import pytest\nfrom pathlib import Path\n"
            "DOCUMENT = Path(__file__).parents[3] / 'spec/upstream/market/qwen/image-edit.yaml'\n"
            "@pytest.mark.parametrize('maximum', [40, 49])\n"
            "def test_maximum(maximum): assert f'maximum: {maximum}\\n' in DOCUMENT.read_text()\n"
        )
    (checkout.folder / "tests/contract/drift/test_update_spec.py").write_text("assert False\n")
    assert checkout.update(changed(PAGE_TEXT, FEWER_STEPS), "--with-tests", "--dry-run") == 0
    told = capfd.readouterr().out
    assert "2 failed, 2 passed" in told
    assert "tests/contract/lock/test_facts.py::test_maximum[49]" in told
    assert "test_maximum[40]" not in told


# Corrections --------------------------------------------------------------------------------------

INPUT_REQUIRED = ("required:\n- model\nproperties:", "required:\n- model\n- input\nproperties:")
STEPS_RENAMED = [("num_inference_steps:\ndescription", "steps:\ndescription")]


def test_every_correction_that_is_in_the_way_is_told_in_one_run(checkout: Checkout, capfd):
    before = checkout.snapshot()
    page = changed(PAGE_TEXT, INPUT_REQUIRED, *STEPS_RENAMED)
    assert checkout.update(page, "--json") == 1
    told = json.loads(capfd.readouterr().out)
    assert checkout.snapshot() == before
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


def test_once_the_needless_correction_is_taken_out_the_same_page_is_taken_in(checkout: Checkout, capfd):
    page = changed(PAGE_TEXT, INPUT_REQUIRED)
    assert checkout.update(page) == 1
    told = capfd.readouterr().out
    assert "Corrections that are in the way (1)" in told
    overlay = checkout.folder / "spec/overlays/20-create-task-request.yaml"
    lines = overlay.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.startswith("  - target:")]
    overlay.write_text("".join(lines[: starts[0]] + lines[starts[1] :]), encoding="utf-8")
    assert checkout.update(page) == 0
    assert checkout.script("regenerate").main(["--check"]) == 0


def test_a_contradiction_to_another_document_is_told_with_both(checkout: Checkout, capfd):
    page = changed(PAGE_TEXT, ("type: http\nscheme: bearer\n", "type: http\nscheme: basic\n"))
    before = checkout.snapshot()
    assert checkout.update(page) == 1
    told = " ".join(capfd.readouterr().out.split())
    assert "/components/securitySchemes/BearerAuth/scheme: spec/upstream/market/qwen/image-edit.yaml" in told
    assert 'says "basic"' in told
    assert checkout.snapshot() == before


# What it refuses ----------------------------------------------------------------------------------

EVIL = '\'""" + __import__("os").system("id") {{ 7*7 }} \\N #\''


def yaml(*pairs: tuple[str, str]) -> str:
    return changed(YAML_TEXT, *pairs)


PROMPT = "                    prompt:\n"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "no text": (b"\xff\xfe\x00", "is not UTF-8 at byte 0"),
    "nothing": ("", "is empty"),
    "another YAML": ("a: 1\n", "has no `openapi`"),
    "broken YAML": (yaml(("info:\n", "info: [\n")), "is not YAML: "),
    "a key that stands twice": (
        yaml(("info:\n", "openapi: 3.0.0\ninfo:\n")),
        "the key 'openapi' stands twice",
    ),
    "an anchor": (yaml(("info:\n", "info: &a\n")), "an anchor or alias at /info"),
    "another OpenAPI": (
        yaml(("openapi: 3.0.0", "openapi: 3.1.0")),
        "is OpenAPI '3.1.0'; only 3.0 is understood",
    ),
    "too large": ("openapi: 3.0.0\nx: " + "a" * 600_000, "is larger than 500000 bytes"),
    "too deep": (
        "openapi: 3.0.0\ninfo: {title: t, version: v}\npaths: {}\nx-a: " + "[" * 300 + "]" * 300,
        "nested deeper",
    ),
    "too many values": (
        yaml(("components:\n", "x-many: [" + "1," * 25_000 + "1]\ncomponents:\n")),
        "holds more than 20000 values",
    ),
    "a circle of references": (
        yaml(
            (
                "  responses:\n    Error:",
                "    A:\n      $ref: '#/components/schemas/B'\n    B:\n      $ref: '#/components/schemas/A'\n"
                "  responses:\n    Error:",
            )
        ),
        "refers in a circle: /components/schemas/A → /components/schemas/B → /components/schemas/A",
    ),
    "a schema of itself": (
        yaml(
            (
                "  responses:\n    Error:",
                "    A:\n      properties:\n        a:\n          $ref: '#/components/schemas/A'\n"
                "  responses:\n    Error:",
            )
        ),
        "refers in a circle: /components/schemas/A → /components/schemas/A",
    ),
    "a reference to a file": (
        yaml(("$ref: '#/components/responses/Error'", "$ref: '../../../etc/passwd'")),
        "leads out of the document, to '../../../etc/passwd'",
    ),
    "a reference to nothing": (
        yaml(("$ref: '#/components/responses/Error'", "$ref: '#/components/responses/Gone'")),
        "$ref #/components/responses/Gone leads nowhere",
    ),
    "two operations of one name": (
        yaml(
            (
                "components:\n  schemas:",
                "  /b:\n    get:\n      operationId: qwen-image-edit\n      responses: {}\ncomponents:\n  schemas:",
            )
        ),
        "operationId qwen-image-edit is also that of",
    ),
    "code as a property's name": (
        yaml((PROMPT, f"                    {EVIL}:\n")),
        "which is no name that code can have",
    ),
    "code as an operation's name": (
        yaml(("operationId: qwen-image-edit", f"operationId: {EVIL}")),
        "/operationId is named",
    ),
    "code as a title": (
        yaml(
            (
                "            schema:\n              type: object\n",
                f"            schema:\n              title: {EVIL}\n              type: object\n",
            )
        ),
        "/title is named",
    ),
    "a path out of the folder as a title": (
        yaml(
            (
                "            schema:\n              type: object\n",
                "            schema:\n              title: ../../../x\n              type: object\n",
            )
        ),
        "/title is named '../../../x'",
    ),
    "a path out of the folder as a tag": (
        yaml(("      summary: Gen", "      tags: ['../../x']\n      summary: Gen")),
        "/tags/0 is named '../../x'",
    ),
    "code as a path": (
        yaml(("  /api/v1/jobs/createTask:", '  /api/"+__import__("os")+":')),
        "which is no name that code can have",
    ),
    "code as a server": (
        yaml(("- url: https://api.apikley.ru", "- url: 'https://api.apikley.ru/\"+x'")),
        "/servers/0/url is named",
    ),
    "a character that no terminal should see": (
        yaml(("title: Qwen API", 'title: "Qwen \\e[2J API"')),
        "/info/title holds the control character U+001B",
    ),
    "a text that reads backwards": (
        yaml(("title: Qwen API", 'title: "Qwen \\u202e API"')),
        "/info/title holds the control character U+202E",
    ),
    "no answers": (
        yaml(("      responses:\n        '200'", "      x-responses:\n        '200'")),
        "has no `responses`",
    ),
    "a bound that is a text": (yaml(("maximum: 49", "maximum: many")), "should be a number, and is 'many'"),
    "another model": (
        YAML_TEXT.replace("qwen/image-edit", "qwen/image-edit-plus"),
        "is of the model qwen/image-edit-plus, and so is no vendored document",
    ),
    "a page of something else": (
        "Hello\nopenapi: 3.0.0\ninfo:\nnonsense here\n",
        "line 4: `nonsense here` has no place here",
    ),
    "a page with a line that could be anywhere": (
        changed(
            PAGE_TEXT,
            ("example: blurry, ugly\nrequired:", "example: blurry, ugly\nnullable: true\nrequired:"),
        ),
        "can stand in",
    ),
}


@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_in_a_sentence_and_leaves_everything_as_it_was(
    text: str | bytes, told: str, checkout: Checkout, capfd
):
    before = checkout.snapshot()
    assert checkout.update(text) == 1
    captured = capfd.readouterr()
    assert captured.err.startswith("update-spec: ")
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert len(captured.err) < 900
    assert captured.out == ""
    assert checkout.snapshot() == before


def test_a_line_that_could_stand_twice_is_settled_by_its_owner(checkout: Checkout, capfd):
    page = changed(
        PAGE_TEXT, ("example: blurry, ugly\nrequired:", "example: blurry, ugly\nnullable: true\nrequired:")
    )
    assert checkout.update(page) == 1
    told = capfd.readouterr().err
    line = page.splitlines().index("nullable: true") + 1
    assert f"--place {line}=negative_prompt or --place {line}=input" in told
    for owner, place in (
        ("negative_prompt", "/input/properties/negative_prompt/nullable"),
        ("input", "/properties/input/nullable"),
    ):
        assert checkout.update(page, "--place", f"{line}={owner}", "--dry-run", "--json") == 0
        (change,) = json.loads(capfd.readouterr().out)["changes"]
        assert change["pointer"].endswith(place)


def test_a_vendored_document_that_was_edited_is_not_replaced(checkout: Checkout, capfd):
    checkout.edit(UPSTREAM, "maximum: 49", "maximum: 48")
    before = checkout.snapshot()
    assert checkout.update(PAGE_TEXT) == 1
    assert "was edited since it was received" in capfd.readouterr().err
    assert checkout.snapshot() == before


@pytest.mark.parametrize(
    "options",
    [[], ["a", "b"], ["a", "--received", "27.11.2026"], ["a", "--place", "x"], ["a", "--fail-on", "x"]],
)
def test_other_arguments_are_wrong_usage(options: list[str], checkout: Checkout, capfd):
    before = checkout.snapshot()
    with pytest.raises(SystemExit) as ended:
        checkout.script("update-spec").main(options)
    assert ended.value.code == 2
    assert "usage: update-spec" in capfd.readouterr().err
    assert checkout.snapshot() == before


def test_a_path_that_is_no_vendored_document_is_not_replaced(checkout: Checkout, capfd):
    assert checkout.update(PAGE_TEXT, "--replaces", str(checkout.folder / "spec/companion/account.yaml")) == 1
    assert "spec/companion/account.yaml: is no vendored document" in capfd.readouterr().err


# Texts that look like code ------------------------------------------------------------------------


def test_texts_that_look_like_code_are_data_in_the_package(checkout: Checkout, capfd):
    text = yaml(
        ("description: Input parameters for the generation task", f"description: {EVIL}"),
        ("description: num_images", f"description: {EVIL}"),
        ("      summary: Generate content using qwen/image-edit", f"      summary: {EVIL}"),
        ("- high\n", f"- high\n                        - {EVIL}\n"),
        ("example: blurry, ugly\n                  required", f"example: {EVIL}\n                  required"),
    )
    assert checkout.update(text) == 0
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
        ('return "UNSET"', "return str(1)"),
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
    (checkout.inbox / "received").write_text(changed(PAGE_TEXT, FEWER_STEPS))
    before = checkout.snapshot()
    script = str(checkout.folder / "scripts/update-spec")
    words = [sys.executable, script, str(checkout.inbox / "received"), "--no-tests"]
    run = subprocess.Popen(
        words, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, stderr=subprocess.DEVNULL
    )
    time.sleep(1.5)
    run.send_signal(signal.SIGTERM)
    assert run.wait(30) != 0
    assert checkout.snapshot() == before


def test_it_runs_as_a_program_from_anywhere(checkout: Checkout, tmp_path: Path):
    (checkout.inbox / "page.txt").write_text(PAGE_TEXT)
    words = [sys.executable, str(checkout.folder / "scripts/update-spec"), "page.txt"]
    ended = subprocess.run(words, cwd=checkout.inbox, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{UPSTREAM}\n\nNothing changed.\n"
