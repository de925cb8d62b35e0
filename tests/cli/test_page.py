"""What docs/command-line.md shows works as it stands, from top to bottom."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from apikley.cli import profiles
from apikley.cli.codes import HELP
from apikley.mock import Mock, lasts, running

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are for bash")
def test_every_example_of_the_page_runs_one_after_the_other(folder, home):
    shutil.copy(ROOT / "examples" / "coffee.jpg", folder / "street.jpg")
    (folder / "key.txt").write_text("sk-test-page\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    mock = Mock(scenario=lasts(0))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("APIKLEY")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"
    with running(mock) as url:
        for block in blocks("bash"):
            if "gets lost" in block:
                mock.fail_as("reset-after:create-task")
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.replace("8456", str(port))],
                cwd=folder,
                env={**clean, **home, "PATH": path, "APIKLEY_BASE_URL": url},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert ran.returncode == 0, f"{block}\n{ran.stdout}{ran.stderr}"
    assert {"night.png", "rain.png", "dawn.png"} <= {path.name for path in folder.iterdir()}
    assert "success" in (folder / "heard.txt").read_text()
    assert mock.faults == []


def test_the_table_of_exit_codes_is_that_of_the_help():
    told = set(re.findall(r"(?<=\| )(\d+)(?= \|)", TEXT)) - {"9"}

    assert told == set(re.findall(r"(?:^|\s)(\d+)  \w", HELP))


def test_the_configuration_shown_is_one(tmp_path):
    (shown,) = blocks("toml")
    file = tmp_path / "config.toml"
    file.write_text(shown, encoding="utf-8")

    assert profiles.read(file).profile(None) == tomllib.loads(shown)["profiles"]["studio"]
