"""What the README and the documents show runs as it stands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apikley.mock import Mock, lasts, running

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[object]:
    return [
        pytest.param(block, id=f"{page.name}-{language}-{number}")
        for page in PAGES
        for number, block in enumerate(
            re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1
        )
    ]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(Mock(scenario=lasts(0.2))) as url:
        yield url


@pytest.fixture
def elsewhere(tmp_path: Path, service: str) -> tuple[Path, dict[str, str]]:
    """A folder with the photographs that the examples name, and the settings of somebody who has a key."""
    for name in ("photo.jpg", "фото.jpg", "street.jpg"):
        shutil.copy(ROOT / "examples" / "coffee.jpg", tmp_path / name)
    environment = {**os.environ, "APIKLEY_BASE_URL": service, "APIKLEY_API_KEY": "sk-test-readme"}
    environment |= {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return tmp_path, environment


@pytest.mark.parametrize("code", blocks("python"))
def test_every_python_example_runs(code: str, elsewhere: tuple[Path, dict[str, str]]):
    folder, environment = elsewhere
    if "def test_" not in code:
        run([sys.executable, "-W", "error", "-c", code], folder, environment)
        return
    (folder / "test_shown.py").write_text(code, encoding="utf-8")
    del environment["APIKLEY_BASE_URL"]  # the fixture stands in for the real address
    plugins = ["-p", "no:schemathesis", "-p", "no:asyncio"]
    run([sys.executable, "-m", "pytest", "-q", "-W", "error", *plugins], folder, environment)


@pytest.mark.parametrize("text", blocks("sh"))
def test_every_command_shown_runs_or_exists(text: str, elsewhere: tuple[Path, dict[str, str]]):
    folder, environment = elsewhere
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:2] == ["apikley", "edit"]:
            run(words, folder, environment)
        elif words[:1] == ["apikley"]:
            run([*words, "--help"], folder, environment)
        elif words and "scripts/" in words[0]:
            assert os.access(ROOT / words[0], os.X_OK), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def run(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
