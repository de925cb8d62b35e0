"""What is shipped: sdist → wheel → a fresh environment → import and command line."""

import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def python(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel with all extras, and nothing of ours else."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder)
    (wheel,) = shipped.glob("*.whl")
    interpreter = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(interpreter))
    run(*pip, "install", "--quiet", "--no-compile", f"{wheel}[all]")
    return interpreter


def test_the_wheel_holds_both_packages_and_nothing_else(shipped: Path):
    (wheel,) = shipped.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"apikley", "apikley_generated", "apikley-0.1.0.dist-info"}
    for needed in ("apikley/py.typed", "apikley_generated/py.typed", "apikley_generated/openapi.json"):
        assert needed in names


def test_the_sdist_holds_what_regenerates_and_tests_the_package(shipped: Path):
    (sdist,) = shipped.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"scripts/regenerate", "spec/generator.yaml", "spec/upstream/SHA256SUMS", "LICENSE"} <= names
    assert "tests/house/test_distribution.py" in names


def test_it_imports_from_the_wheel(python: Path):
    where = run(str(python), "-c", "import apikley, apikley_generated; print(apikley.__file__)")
    assert str(python.parents[1]) in where


def test_the_command_line_edits_a_picture_from_the_wheel(python: Path, tmp_path: Path):
    command = [str(python.parent / "apikley"), "edit", str(ROOT / "examples" / "coffee.jpg"), "make it night"]
    said = run(*command, "--mock", "--json", "--quiet", "--no-preview", "-o", str(tmp_path / "night.png"))
    (image,) = json.loads(said)["images"]
    assert image["size"] == (tmp_path / "night.png").stat().st_size


def run(*words: str) -> str:
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, cwd="/")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
