"""What `import apikley` offers."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import apikley

SOURCE = ast.parse(Path(apikley.__file__ or "").read_text(encoding="utf-8"))


def names_imported_for_type_checkers() -> set[str]:
    (guarded,) = [node for node in SOURCE.body if isinstance(node, ast.If)]
    return {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_all_lists_what_type_checkers_see_and_what_can_be_had():
    assert set(apikley.__all__) == names_imported_for_type_checkers() == set(apikley._HOMES)
    assert apikley.__all__ == sorted(apikley.__all__)


@pytest.mark.parametrize("name", apikley.__all__)
def test_every_name_can_be_imported_and_is_the_one_of_its_home(name: str):
    home = import_module(f"apikley.{apikley._HOMES[name]}")
    assert getattr(apikley, name) is getattr(home, name)
    assert name in dir(apikley)


def test_the_version_is_that_of_the_distribution():
    assert apikley.__version__ == version("apikley")


def test_a_name_that_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'apikley' has no attribute 'Prediction'"):
        _ = apikley.Prediction


def test_every_error_of_the_tree_is_offered():
    errors = import_module("apikley.errors")
    tree = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert tree <= set(apikley.__all__)


@pytest.mark.parametrize(
    "owner",
    [
        apikley.Apikley,
        apikley.AsyncApikley,
        apikley.TaskHandle,
        apikley.AsyncTaskHandle,
        apikley.Edit,
        apikley.Task,
    ],
)
def test_every_public_method_says_what_it_does(owner: type):
    public = {name: member for name, member in vars(owner).items() if not name.startswith("_")}
    undocumented = [
        name
        for name, member in public.items()
        if (callable(member) or isinstance(member, property)) and not inspect.getdoc(member)
    ]
    assert not undocumented


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import apikley", {"httpx", "attr", "apikley_generated", "click", "PIL"}),
        (
            "from apikley import Apikley, AsyncApikley",
            {"httpx", "apikley_generated", "PIL", "apikley.mock", "jsonschema_rs", "uvicorn"},
        ),
        ("import apikley.cli.commands", {"httpx", "attr", "apikley_generated", "PIL", "apikley.mock"}),
        ("import apikley.mock", {"httpx", "PIL", "uvicorn", "apikley_generated"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(statement: str, forbidden: set[str]):
    code = f"{statement}; import sys; print(*sorted({forbidden!r} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.split() == []


def imported_by(*words: str) -> set[str]:
    """What the command of these words imports beside what Python itself has at its start."""
    code = (
        "import sys, io; there = {*sys.modules}; out, sys.stdout = sys.stdout, io.StringIO()\n"
        "from apikley.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted(sys.modules.keys() - there), file=out)"
    )
    command = [sys.executable, "-c", code, *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return {*ran.stdout.split()}


def test_garbage_is_looked_for_once_a_command_works():
    code = (
        "import gc, sys; sys.argv[1:] = ['config', 'path']\n"
        "from apikley.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(gc.isenabled())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.split()[-1] == "True"


def test_the_first_help_imports_four_modules_and_nothing_that_takes_time():
    ours = {"apikley", "apikley.cli", "apikley.cli.streams", "apikley.cli.welcome"}
    assert imported_by("--help") - {*sys.builtin_module_names} == ours


@pytest.mark.parametrize(
    "words",
    [
        ("edit",),
        ("submit",),
        ("tasks", "collect"),
        ("upload",),
        ("callbacks", "listen"),
        ("contract",),
        ("mock",),
        ("doctor",),
        ("config", "set"),
        ("completion",),
    ],
    ids=" ".join,
)
def test_help_of_a_command_imports_click_and_words(words: tuple[str, ...]):
    ours = {name for name in imported_by(*words, "--help") if name.startswith("apikley")}
    words_only = {"codes", "commands", "flags", "helping", "running", "streams", "typed", "welcome"}
    allowed = {"apikley", "apikley.cli", "apikley.options", *(f"apikley.cli.{name}" for name in words_only)}

    assert {name for name in ours if not name.startswith("apikley.cli.typed.")} <= allowed


@pytest.mark.parametrize(
    "words", [("edit",), ("tasks", "ls"), ("contract",), ("config", "show")], ids=" ".join
)
def test_help_of_a_command_needs_nothing_that_only_its_work_needs(words: tuple[str, ...]):
    heavy = {"attr", "asyncio", "difflib", "httpx", "importlib.metadata", "json", "logging", "pathlib", "PIL"}
    heavy |= {"signal", "sqlite3", "tomllib", "urllib.parse", "unicodedata", "apikley_generated"}

    assert not imported_by(*words, "--help") & heavy
