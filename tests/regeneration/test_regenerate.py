"""Regeneration as its users meet it: what it writes, what it refuses, and what it leaves alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from attrs import evolve
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from regeneration import assembling, documents, drift, generating

ROOT = Path(__file__).parents[2]
UPSTREAM = "spec/upstream/market/qwen/image-edit.yaml"
RECIPE = generating.read_recipe(ROOT / "spec/generator.yaml")
READ: dict[str, documents.Document] = {}


class Checkout:
    """A copy of all that regeneration reads and writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("spec", "scripts", "generated"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    def main(self, *arguments: str) -> int:
        """Run the script of this checkout in this process, which spares the start of another."""
        path = str(self.folder / "scripts/regenerate")
        loader = SourceFileLoader("regenerate", path)
        module = module_from_spec(spec_from_file_location("regenerate", path, loader=loader))
        loader.exec_module(module)
        return module.main([*arguments])

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once; a vendored one is signed anew, as if received so."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")
        if path == UPSTREAM:
            before, after = (sha256(each.encode()).hexdigest() for each in (text, text.replace(old, new)))
            self.edit("spec/upstream/SHA256SUMS", before, after)

    def snapshot(self) -> dict[str, bytes | None]:
        """Every file with its bytes, and every folder with None."""
        return {
            path.relative_to(self.folder).as_posix(): None if path.is_dir() else path.read_bytes()
            for path in self.folder.rglob("*")
            if "__pycache__" not in path.parts
        }


def run(root: Path, *arguments: str, cwd: Path = ROOT, **environment: str) -> tuple[int, str, str]:
    """Run the script as a user does; exit code, output and complaints."""
    ended = subprocess.run(
        [sys.executable, str(root / "scripts/regenerate"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what was read of a text: reading YAML takes longer than all the rest of a refusal."""
    read = documents.loads

    def loads(text: str, name: str) -> documents.Document:
        if text not in READ:
            READ[text] = read(text, name)
        return deepcopy(READ[text])

    monkeypatch.setattr(documents, "loads", loads)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "checkout").mkdir()
    return Checkout(tmp_path / "checkout")


# What it writes -----------------------------------------------------------------------------------


def test_generated_is_what_spec_says():
    assert run(ROOT, "--check") == (0, "generated/ is what spec/ says\n", "")


def test_every_drift_is_told_by_name_and_left_alone(checkout: Checkout, capfd):
    checkout.edit(
        "generated/apikley_generated/types.py", 'return "UNSET"\n\n    def', 'return "X"\n\n    def'
    )
    (checkout.folder / "generated/apikley_generated/models/mine.py").touch()
    (checkout.folder / "generated/apikley_generated/py.typed").unlink()
    (checkout.folder / "generated/notes.txt").touch()
    before = checkout.snapshot()
    assert checkout.main("--check") == 1
    told = capfd.readouterr()
    assert told.err.splitlines() == [
        "stray: apikley_generated/models/mine.py",
        "missing: apikley_generated/py.typed",
        "changed: apikley_generated/types.py",
        "stray: notes.txt",
        "regenerate: generated/ has drifted; run scripts/regenerate, or take back what changed",
    ]
    assert told.out == ""
    assert checkout.snapshot() == before


def test_a_run_puts_everything_right_from_anywhere_and_whatever_the_hash_seed(
    checkout: Checkout, tmp_path: Path
):
    right = checkout.snapshot()
    checkout.edit("generated/apikley_generated/__init__.py", '"Client",\n', '"Client",\n    "Clients",\n')
    (checkout.folder / "generated/apikley_generated/models/task_state.py").unlink()
    (checkout.folder / "generated/apikley_generated/models/mine.py").touch()
    code, told, complaints = run(checkout.folder, cwd=tmp_path, PYTHONHASHSEED="0")
    assert (code, complaints) == (0, "")
    assert told.splitlines() == [
        "changed: apikley_generated/__init__.py",
        "stray: apikley_generated/models/mine.py",
        "missing: apikley_generated/models/task_state.py",
        "generated/ written, 3 paths differ from before",
    ]
    assert checkout.snapshot() == right
    again = run(checkout.folder, cwd=tmp_path, PYTHONHASHSEED="1")
    assert again == (0, "generated/ is what spec/ says\n", "")
    assert checkout.snapshot() == right


def test_bytecode_beside_its_modules_is_no_drift_and_anything_else_there_is(tmp_path: Path):
    expected, actual = tmp_path / "expected", tmp_path / "actual"
    expected.mkdir()
    for name in (
        "__pycache__/a.cpython-311.pyc",
        "__pycache__/notes.txt",
        "a.cpython-311.pyc",
        "b/__pycache__/c.pyc",
    ):
        (actual / name).parent.mkdir(parents=True, exist_ok=True)
        (actual / name).touch()
    told = ["stray: __pycache__/notes.txt", "stray: a.cpython-311.pyc", "stray: b/"]
    assert [*drift.differences(expected, actual)] == told


def test_a_stray_folder_is_told_though_nothing_is_in_it(tmp_path: Path):
    (tmp_path / "expected/kept").mkdir(parents=True)
    (tmp_path / "expected/kept/file").touch()
    shutil.copytree(tmp_path / "expected", tmp_path / "actual")
    (tmp_path / "actual/kept/empty").mkdir()
    assert [*drift.differences(tmp_path / "expected", tmp_path / "actual")] == ["stray: kept/empty/"]


def test_a_fact_that_differs_is_told_with_its_place_and_both_values(checkout: Checkout, capfd):
    checkout.edit(
        "spec/companion/record-info.yaml", "          required: true\n", "          required: false\n"
    )
    assert checkout.main("--check") == 1
    told = capfd.readouterr().err.splitlines()
    assert "  /paths/~1api~1v1~1jobs~1recordInfo/get/parameters/0/required: required: true → false" in told
    assert "changed: apikley_generated/openapi.json" in told


# What it refuses ----------------------------------------------------------------------------------


def edited(path: str, old: str, new: str) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.edit(path, old, new)


def added(path: str, text: str | bytes = "") -> Callable[[Checkout], None]:
    def add(checkout: Checkout) -> None:
        (checkout.folder / path).parent.mkdir(exist_ok=True)
        with (checkout.folder / path).open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    return add


def removed(path: str) -> Callable[[Checkout], None]:
    return lambda checkout: (checkout.folder / path).unlink()


SUMS = len((ROOT / "spec/upstream/SHA256SUMS").read_text().splitlines())
REFUSED = {
    "a vendored document edited by hand": (
        added(UPSTREAM, "x-mine: true\n"),
        f"{UPSTREAM}: was edited since it was received; corrections belong into spec/overlays",
    ),
    "the page edited by hand": (
        added("spec/upstream/market/qwen/image-edit.page.txt", "\n"),
        "spec/upstream/market/qwen/image-edit.page.txt: was edited since it was received",
    ),
    "a vendored document that no sum stands for": (
        added("spec/upstream/market/qwen/unsigned.yaml", "openapi: 3.0.0\n"),
        "spec/upstream/market/qwen/unsigned.yaml: is not listed in SHA256SUMS",
    ),
    "a vendored document that is gone": (
        removed(UPSTREAM),
        f"{UPSTREAM}: is listed in SHA256SUMS and missing",
    ),
    "no sums at all": (removed("spec/upstream/SHA256SUMS"), "spec/upstream/SHA256SUMS: is missing"),
    "sums that are no text": (
        added("spec/upstream/SHA256SUMS", b"\xff\n"),
        "spec/upstream/SHA256SUMS: is not UTF-8 at byte ",
    ),
    "a sum that names no file": (
        added("spec/upstream/SHA256SUMS", "6f5ca34b image-edit.yaml\n"),
        f"spec/upstream/SHA256SUMS: line {SUMS + 1} is not a sum, two spaces and a file's name",
    ),
    "a README among the vendored documents that no sum stands for": (
        added("spec/upstream/market/README.md"),
        "spec/upstream/market/README.md: is not listed in SHA256SUMS",
    ),
    "a correction in a file that is not read": (
        added("spec/overlays/60-credits.yml", "overlay: 1.1.0\n"),
        "spec/overlays/60-credits.yml: is not read; overlays holds .yaml files and a README.md",
    ),
    "a correction in a folder that is not read": (
        added("spec/overlays/later/60-credits.yaml", "overlay: 1.1.0\n"),
        "spec/overlays/later: is not read",
    ),
    "a companion document in a file that is not read": (
        added("spec/companion/account.yaml~"),
        "spec/companion/account.yaml~: is not read; companion holds .yaml files and a README.md",
    ),
    "a mistyped guard of a correction": (
        edited(
            "spec/overlays/40-security.yaml", "    x-matches: 1\n    remove", "    x-macthes: 7\n    remove"
        ),
        "spec/overlays/40-security.yaml, action 2 ($.security): has the unknown field `x-macthes`",
    ),
    "a correction that upstream has made itself": (
        edited(
            UPSTREAM,
            "- model\n              properties",
            "- model\n                - input\n              properties",
        ),
        "spec/overlays/20-create-task-request.yaml, action 1 "
        "($.paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json'].schema): "
        "/paths/~1api~1v1~1jobs~1createTask/post/requestBody/content/application~1json/schema/required "
        "holds what it would append: it is not needed any more",
    ),
    "a correction whose place is gone": (
        edited(UPSTREAM, "                    num_inference_steps:\n", "                    steps:\n"),
        "spec/overlays/20-create-task-request.yaml, action 5 "
        "($.paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json'].schema.properties.input"
        ".properties.num_inference_steps): matches nothing",
    ),
    "a correction that fits one place fewer than it says": (
        edited(UPSTREAM, "                      default: png\n", ""),
        "matches 4, and x-matches says 5",
    ),
    "a correction with a field that nobody reads": (
        edited("spec/overlays/40-security.yaml", "remove: true", "delete: true"),
        "spec/overlays/40-security.yaml, action 2 ($.security): has the unknown field `delete`",
    ),
    "a correction of a document that is not ours": (
        edited("spec/overlays/40-security.yaml", "image-edit.yaml", "no-such.yaml"),
        "spec/overlays/40-security.yaml: `extends` names no document of ours: "
        "spec/upstream/market/qwen/no-such.yaml",
    ),
    "a document that is no YAML": (
        added("spec/companion/account.yaml", "x-mine: [1\n"),
        "spec/companion/account.yaml, line ",
    ),
    "two documents that contradict each other": (
        edited("spec/companion/account.yaml", "scheme: bearer", "scheme: basic"),
        '/components/securitySchemes/BearerAuth/scheme: spec/upstream/market/qwen/image-edit.yaml says "bearer", '
        'spec/companion/account.yaml says "basic"',
    ),
    "a reference that leads nowhere": (
        edited(
            "spec/companion/account.yaml",
            "'#/components/schemas/GetCreditsResponse'",
            "'#/components/schemas/Gone'",
        ),
        "$ref #/components/schemas/Gone leads nowhere",
    ),
    "a template patch that does not fit": (
        edited("spec/generator.yaml", "find: 'status_code: HTTPStatus'", "find: 'status_code: Status'"),
        "the patch of types.py.jinja (http.HTTPStatus knows no 455, which the service uses.) fits 0 times instead of 1",
    ),
    "a template patch that fits at more places than it says": (
        edited("spec/generator.yaml", "    times: 2\n", "    times: 1\n"),
        "the patch of endpoint_module.py.jinja (A boundary that is known lets a file's content forge parts of the "
        "form. httpx makes a random one.) fits 2 times instead of 1",
    ),
    "a patch of a template that the generator has not": (
        edited("spec/generator.yaml", "template: model.py.jinja", "template: models.py.jinja"),
        "the generator has no template models.py.jinja",
    ),
    "another generator than the pinned one": (
        edited("spec/generator.yaml", "version: 0.29.1", "version: 0.29.0"),
        "needs openapi-python-client 0.29.0, and 0.29.1 is installed",
    ),
    "another formatter than the pinned one": (
        edited("spec/generator.yaml", "version: 0.17.6", "version: 0.17.7"),
        "needs ruff 0.17.7, and 0.17.6 is installed",
    ),
    "a generator that is not installed": (
        edited("spec/generator.yaml", "package: openapi-python-client", "package: openapi-python-clients"),
        "needs openapi-python-clients 0.29.1, and none is installed",
    ),
    "a setting of ours that nobody reads": (
        edited("spec/generator.yaml", "line-length: 110", "line-width: 110"),
        "spec/generator.yaml: ",
    ),
    "an operation that the generator would drop": (
        edited("spec/companion/file-upload.yaml", "multipart/form-data:", "application/x-unheard-of:"),
        "openapi_python_client failed:",
    ),
}


@pytest.mark.parametrize(("spoil", "told"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_by_name_and_leaves_everything_as_it_was(
    spoil: Callable[[Checkout], None], told: str, checkout: Checkout, capfd
):
    spoil(checkout)
    before = checkout.snapshot()
    assert checkout.main() == 1
    captured = capfd.readouterr()
    assert captured.err.startswith("regenerate: ")
    assert told in captured.err
    assert captured.out == ""
    assert checkout.snapshot() == before


def test_a_refusal_makes_no_folder_where_there_was_none(checkout: Checkout, capfd):
    shutil.rmtree(checkout.folder / "generated")
    checkout.edit("spec/generator.yaml", "version: 0.29.1", "version: 0.29.0")
    before = checkout.snapshot()
    assert checkout.main() == 1
    assert checkout.snapshot() == before


def test_a_refusal_is_an_exit_code_to_the_shell(checkout: Checkout):
    checkout.edit("spec/generator.yaml", "version: 0.29.1", "version: 0.29.0")
    told = "regenerate: needs openapi-python-client 0.29.0, and 0.29.1 is installed\n"
    assert run(checkout.folder, "--check") == (1, "", told)


@pytest.mark.parametrize("arguments", [["--chek"], ["--check", "--check"], ["spec"], [""]])
def test_other_arguments_are_wrong_usage(arguments: list[str], checkout: Checkout, capfd):
    before = checkout.snapshot()
    assert checkout.main(*arguments) == 2
    captured = capfd.readouterr()
    assert "usage: regenerate [--check]" in captured.err
    assert captured.out == ""
    assert checkout.snapshot() == before


@pytest.mark.parametrize(
    ("missing", "package"),
    [
        ("attrs", "attrs"),
        ("jsonpath", "python-jsonpath"),
        ("openapi_python_client", "openapi-python-client"),
        ("ruamel", "ruamel.yaml"),
        ("ruamel/yaml", "ruamel.yaml"),
        ("ruff", "ruff"),
    ],
)
def test_where_one_tool_is_missing_it_goes_on_in_the_project_s_environment(
    missing: str, package: str, tmp_path: Path
):
    for module in ("attrs", "jsonpath", "openapi_python_client", "ruamel/yaml", "ruff"):
        (tmp_path / "site" / module).mkdir(parents=True)
    shutil.rmtree(tmp_path / "site" / missing)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/regenerate", tmp_path / "scripts")
    told = f"regenerate: {package} not installed; scripts/test makes the environment it needs\n"
    assert run_bare(tmp_path) == (1, "", told)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    assert run_bare(tmp_path) == (0, f"{tmp_path}/scripts/regenerate --check\n", "")
    assert run_bare(tmp_path, APIKLEY_REEXECUTED="1") == (1, "", told)


def run_bare(root: Path, **environment: str) -> tuple[int, str, str]:
    """Run the script where nothing is installed but what `site` holds."""
    ended = subprocess.run(
        [sys.executable, "-S", str(root / "scripts/regenerate"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root / "site"), **environment},
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_a_package_that_cannot_be_replaced_stays(tmp_path: Path):
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated/kept.py").touch()
    (tmp_path / "work").mkdir()
    with pytest.raises(FileNotFoundError):
        drift.replace(tmp_path / "generated", tmp_path / "work/fresh")
    assert (tmp_path / "generated/kept.py").is_file()
    assert [*(tmp_path / "work").iterdir()] == []


# Whether it heeds all it is told ------------------------------------------------------------------


@pytest.fixture(scope="module")
def document() -> documents.Document:
    return assembling.assemble(ROOT / "spec")


@pytest.fixture(scope="module")
def unformatted(document: documents.Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generator writes with our settings and its own templates."""
    return write(document, tmp_path_factory.mktemp("written"), RECIPE.config)


@pytest.fixture(scope="module")
def ours(unformatted: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The same, formatted as ours is."""
    return formatted(unformatted, RECIPE, tmp_path_factory.mktemp("formatted") / "ours")


def write(
    document: documents.Document, folder: Path, config: documents.Document, templates: Path | None = None
) -> Path:
    """Let the generator alone write a package into `folder`."""
    source = folder / "openapi.json"
    source.write_text(documents.dumps(document))
    package = folder / "package"
    settings = Config.from_sources(ConfigFile(**config), MetaType.NONE, source, "utf-8", True, package)
    assert generate(config=settings, custom_template_path=templates) == []
    return package


def formatted(package: Path, recipe: generating.Recipe, target: Path) -> dict[str, str]:
    shutil.copytree(package, target)
    generating.format_package(target, recipe)
    return texts(target)


def texts(package: Path) -> dict[str, str]:
    return {path.relative_to(package).as_posix(): path.read_text() for path in package.rglob("*.py")}


def test_the_generator_knows_every_setting():
    assert RECIPE.config.keys() <= ConfigFile.model_fields.keys()


@pytest.mark.parametrize("setting", sorted(RECIPE.config.keys() - {"post_hooks"}))
def test_without_a_setting_the_generator_writes_something_else(
    setting: str, document, unformatted, tmp_path: Path
):
    fewer = {key: value for key, value in RECIPE.config.items() if key != setting}
    assert texts(write(document, tmp_path, fewer)) != texts(unformatted)


def test_the_generator_runs_no_foreign_program(document, tmp_path: Path, monkeypatch):
    ruff = tmp_path / "ruff"
    ruff.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    ruff.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    write(document, tmp_path, RECIPE.config)
    assert not (tmp_path / "called").exists()
    write(document, tmp_path, {**RECIPE.config, "post_hooks": None})
    assert (tmp_path / "called").exists()


def test_every_template_patch_reaches_what_is_written(document, tmp_path: Path):
    marks = {f"⟦{number}⟧": patch for number, patch in enumerate(RECIPE.patches)}
    marked = [evolve(patch, replace=patch.replace + mark) for mark, patch in marks.items()]
    generating.write_templates(marked, tmp_path / "templates")
    everything = "".join(texts(write(document, tmp_path, RECIPE.config, tmp_path / "templates")).values())
    assert [patch.reason for mark, patch in marks.items() if mark not in everything] == []


@pytest.mark.parametrize(
    "other",
    [
        *({"lint_rules": [rule for rule in RECIPE.lint_rules if rule != left]} for left in RECIPE.lint_rules),
        {"line_length": 100},
        {"target_version": "py314"},
    ],
    ids=str,
)
def test_the_formatter_heeds_every_setting(other: dict[str, object], unformatted, ours, tmp_path: Path):
    assert formatted(unformatted, evolve(RECIPE, **other), tmp_path / "theirs") != ours
