"""Each module stands on a floor, and imports point downwards only."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]


def test_every_contract_between_the_floors_is_kept():
    ran = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "overlay"), str(ROOT / "generated")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_module_has_its_floor_and_no_floor_is_of_a_module_that_is_gone():
    (floors,) = (contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    named = [name for floor in floors for name in re.split(r"[|:]", floor)]
    there = {path.stem for path in (ROOT / "overlay" / "apikley").glob("[!_]*.py")}
    there |= {path.parent.name for path in (ROOT / "overlay" / "apikley").glob("*/__init__.py")}
    assert sorted(name.strip() for name in named) == sorted(there)
