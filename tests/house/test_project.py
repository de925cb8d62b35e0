"""What must stay true of the whole house."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from regeneration import documents

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = [
    path
    for folder in ("overlay", "scripts", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
]


def test_the_tools_that_shape_the_generated_package_are_pinned_alike_in_both_places():
    recipe = documents.load(ROOT / "spec" / "generator.yaml")
    pinned = set(PROJECT["dependency-groups"]["generate"])
    for tool in (recipe["generator"], recipe["formatter"]):
        assert f"{tool['package']}=={tool['version']}" in pinned


def test_regenerate_looks_for_every_tool_it_needs():
    pinned = {tool.partition("==")[0] for tool in PROJECT["dependency-groups"]["generate"]}
    assert set(runpy.run_path(str(ROOT / "scripts" / "regenerate"))["TOOLS"]) == pinned | {"attrs"}


def test_the_core_needs_attrs_httpx_and_what_httpx_is_slow_without():
    """httpcore is httpx's own: with no other package installed, it is named because it is imported by name."""
    names = {re.match(r"[\w-]+", dependency).group() for dependency in PROJECT["project"]["dependencies"]}
    assert names == {"attrs", "httpcore", "httpx", "sniffio"}


def test_every_developer_tool_is_pinned():
    groups = PROJECT["dependency-groups"].values()
    loose = [item for group in groups for item in group if isinstance(item, str) and "==" not in item]
    assert not loose


def test_the_gate_of_ci_is_the_readme_command():
    assert "scripts/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "scripts/test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "run: scripts/test" in (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_begins_with_the_question_it_answers(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""'), "a module's first line says what it is about"
