"""How the joined document becomes a Python package: templates, generator, formatter."""

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import frozen

from regeneration import documents
from regeneration.documents import Document


class GenerationFailed(Exception):
    """A tool is not the pinned one, a patch does not fit, or a tool gave up."""


@frozen
class Tool:
    """A pinned tool; another version of it would write other bytes."""

    package: str
    version: str


@frozen
class Patch:
    """An exact replacement in one of the generator's templates, and why it is made."""

    template: str
    reason: str
    times: int
    find: str
    replace: str


@frozen
class Recipe:
    """What `spec/generator.yaml` says."""

    generator: Tool
    formatter: Tool
    package: str
    config: Document
    lint_rules: list[str]
    line_length: int
    target_version: str
    patches: list[Patch]


def read_recipe(path: Path) -> Recipe:
    """Read `generator.yaml`; a field too many or too few is an error that names it."""
    fields: dict[str, Any] = {key.replace("-", "_"): value for key, value in documents.load(path).items()}
    try:
        tools = {name: Tool(**fields[name]) for name in ("generator", "formatter")}
        return Recipe(**fields | tools | {"patches": [Patch(**patch) for patch in fields["patches"]]})
    except (TypeError, KeyError) as error:
        raise GenerationFailed(f"{path}: {error}") from error


def generate(document: Document, recipe: Recipe, target: Path) -> None:
    """Write the package into the new folder `target`, formatted; raises `GenerationFailed`."""
    for tool in (recipe.generator, recipe.formatter):
        _check_version(tool)
    work = target.parent
    source, config, templates = work / "openapi.json", work / "config.json", work / "templates"
    source.write_text(documents.dumps(document))
    config.write_text(json.dumps(recipe.config))
    write_templates(recipe.patches, templates)
    _run(
        [
            "openapi_python_client",
            "generate",
            "--path",
            source,
            "--config",
            config,
            "--meta",
            "none",
        ],
        ["--custom-template-path", templates, "--output-path", target, "--fail-on-warning"],
    )
    format_package(target, recipe)


def format_package(package: Path, recipe: Recipe) -> None:
    """Sort imports, drop unused ones and format, by the recipe's rules alone."""
    alone = ["--isolated", "--no-cache", "--quiet", "--target-version", recipe.target_version]
    width = ["--line-length", str(recipe.line_length)]
    first_party = f'lint.isort.known-first-party=["{recipe.package}"]'
    select = ["--select", ",".join(recipe.lint_rules), "--config", first_party]
    _run(["ruff", "check", "--fix", *alone, *width, *select, package])
    _run(["ruff", "format", *alone, *width, package])


def write_templates(patches: list[Patch], folder: Path) -> None:
    """Copy the installed templates that are patched, patched; raises `GenerationFailed`."""
    folder.mkdir()
    installed = files("openapi_python_client") / "templates"
    texts: dict[str, str] = {}
    for patch in patches:
        if not (installed / patch.template).is_file():
            raise GenerationFailed(f"the generator has no template {patch.template} ({patch.reason})")
        text = texts.get(patch.template) or (installed / patch.template).read_text()
        found = text.count(patch.find)
        if found != patch.times:
            raise GenerationFailed(
                f"the patch of {patch.template} ({patch.reason}) fits {found} times instead of {patch.times}"
            )
        texts[patch.template] = text.replace(patch.find, patch.replace)
    for name, text in texts.items():
        (folder / name).write_text(text)


def _check_version(tool: Tool) -> None:
    try:
        installed = version(tool.package)
    except PackageNotFoundError:
        installed = "none"
    if installed != tool.version:
        raise GenerationFailed(f"needs {tool.package} {tool.version}, and {installed} is installed")


def _run(*arguments: list[str | Path]) -> None:
    command = [sys.executable, "-m", *(str(word) for words in arguments for word in words)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired as error:
        raise GenerationFailed(f"{command[2]} did not end within {error.timeout:.0f} s") from error
    if ended.returncode:
        raise GenerationFailed(f"{command[2]} failed:\n{ended.stdout}{ended.stderr}".rstrip())
