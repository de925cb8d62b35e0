"""Whether generated/ is what spec/ says, and each way in which it may not be is told by name."""

import shutil
from pathlib import Path

import pytest

from regeneration import drift, regenerating

ROOT = Path(__file__).parents[3]
GENERATED = ROOT / "generated"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What spec/ says, made in a folder elsewhere and with another order of hashes than any run of ours had."""
    work = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        patch.setenv("PYTHONHASHSEED", "271828")
        return regenerating.regenerate(ROOT / "spec", work)


def test_generated_is_what_spec_says_to_the_byte_wherever_and_whenever_it_is_made(fresh: Path):
    assert [*regenerating.differences(fresh, GENERATED)] == []


def copied(fresh: Path, folder: Path) -> Path:
    return Path(shutil.copytree(fresh, folder / "generated"))


def test_every_drift_is_told_by_name(fresh: Path, tmp_path: Path):
    drifted = copied(fresh, tmp_path)
    package = drifted / "apikley_generated"
    types = (package / "types.py").read_text(encoding="utf-8")
    (package / "types.py").write_text(types.replace('return "UNSET"', 'return "X"'), encoding="utf-8")
    (package / "models/mine.py").touch()
    (package / "py.typed").unlink()
    (drifted / "notes.txt").touch()
    (drifted / "empty").mkdir()
    assert [*drift.differences(fresh, drifted)] == [
        "stray: apikley_generated/models/mine.py",
        "missing: apikley_generated/py.typed",
        "changed: apikley_generated/types.py",
        "stray: empty/",
        "stray: notes.txt",
    ]


def test_every_file_is_compared_to_its_last_byte(fresh: Path, tmp_path: Path):
    drifted = copied(fresh, tmp_path)
    files = sorted(path for path in drifted.rglob("*") if path.is_file())
    for path in files:
        with path.open("ab") as file:
            file.write(b"\n")
    told = [f"changed: {path.relative_to(drifted).as_posix()}" for path in files]
    assert [*drift.differences(fresh, drifted)] == told
    assert len(told) > 40


def test_what_python_compiles_for_itself_is_no_drift(fresh: Path, tmp_path: Path):
    drifted = copied(fresh, tmp_path)
    cache = drifted / "apikley_generated/__pycache__"
    cache.mkdir()
    (cache / "types.cpython-311.pyc").touch()
    assert [*drift.differences(fresh, drifted)] == []
