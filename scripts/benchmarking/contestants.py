"""Who is measured, and how each is fetched and started."""

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

from attrs import evolve, frozen

CACHE = Path.home() / ".cache" / "apikley-bench"
OURS = "apikley mock"


class Unobtainable(Exception):
    """A peer cannot be had; the message says which, and why."""


@frozen
class Contestant:
    """A mock server. `command` holds {port} where the port belongs; `variant` is how it differs from the usual."""

    name: str
    version: str
    licence: str
    command: tuple[str, ...]
    runs_on: str
    variant: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}" + (f", {self.variant}" if self.variant else "")

    def on(self, port: int) -> list[str]:
        return [word.replace("{port}", str(port)) for word in self.command]

    def shown(self) -> str:
        """What to type, without the folders."""
        return " ".join(word.rsplit("/", 1)[-1] if "/" in word else word for word in self.command)


@frozen
class _Package:
    """A package of npm at a pinned version."""

    name: str
    version: str


_PRISM = _Package("@stoplight/prism-cli", "5.16.0")
_STEADY = _Package("@stdy/cli", "0.22.2")
_NODE = _Package("node-{system}", "24.19.0")  # what this Prism asks for; its postinstall is not needed
_MACHINES = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def ours() -> Contestant:
    """Our own, with credit enough not to run out."""
    command = [sys.executable, "-m", "apikley.cli", "mock", "--port", "{port}", "--credits", "1000000000"]
    return Contestant(
        name=OURS,
        version=metadata.version("apikley"),
        licence="MIT",
        command=(*command, "--seconds", "0.2"),
        runs_on=f"Python {platform.python_version()}, uvicorn {metadata.version('uvicorn')}",
    )


def prism(document: Path) -> Contestant:
    """Prism as it is usually run, static answers, logging errors only.

    `--errors` is left out: with it a refusal is an HTTP 500, since the refusals that Prism makes up for this
    document do not satisfy it. That would be counted against Prism twice.
    """
    folder = _fetch(_PRISM)
    node = _fetch(_named(_NODE)) / "bin" / "node"
    return Contestant(
        name="Prism",
        version=_PRISM.version,
        licence=_licence(folder),
        command=(
            str(node),
            str(folder / "dist" / "index.js"),
            *("mock", "-p", "{port}", "-h", "127.0.0.1", "-v", "error"),
            str(document),
        ),
        runs_on=f"Node.js {_NODE.version}",
    )


def prism_without_callbacks(document: Path) -> Contestant:
    """Prism on the document without its callbacks, which cost Prism more than all else.

    Prism sends them itself, and where a request names no address for them it fails to at some cost.
    """
    whole = json.loads(document.read_text())
    for path in whole["paths"].values():
        for operation in path.values():
            operation.pop("callbacks", None)
    CACHE.mkdir(parents=True, exist_ok=True)
    plain = CACHE / "openapi-without-callbacks.json"
    plain.write_text(json.dumps(whole))
    return evolve(prism(plain), variant="no callbacks")


def steady(document: Path) -> Contestant:
    """Steady with its refusals on, which is its default, and without a log line a request, which is not.

    The binary itself is run: the package's script in front of it only costs start time and memory.
    """
    folder = _fetch(_STEADY)
    binary = folder.parent / f"cli-{_system()}" / "bin" / "steady"
    return Contestant(
        name="Steady",
        version=_STEADY.version,
        licence=_licence(folder),
        command=(
            str(binary),
            *("-p", "{port}", "--host", "127.0.0.1", "--no-color", "--quiet"),
            str(document),
        ),
        runs_on="Deno, compiled in",
    )


PEERS: Mapping[str, Callable[[Path], Contestant]] = {
    "prism": prism,
    "prism-without-callbacks": prism_without_callbacks,
    "steady": steady,
}


def _fetch(package: _Package) -> Path:
    """The folder of a package, installed if it is not there yet. No script of a package is run."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unobtainable(f"{package.name}: npm is needed to fetch it")
    prefix = CACHE / f"{package.name.rpartition('/')[2]}-{package.version}"
    folder = prefix / "node_modules" / package.name
    if not (folder / "package.json").exists():
        print(f"fetching {package.name}@{package.version} into {prefix}", file=sys.stderr)
        prefix.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--loglevel=error"]
        words = [npm, "install", "--prefix", str(prefix), *quiet, f"{package.name}@{package.version}"]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise Unobtainable(f"{package.name}@{package.version}: npm says: {done.stderr.strip()}")
    return folder


def _licence(folder: Path) -> str:
    return str(json.loads((folder / "package.json").read_text())["license"])


def _named(package: _Package) -> _Package:
    return _Package(package.name.replace("{system}", _system()), package.version)


def _system() -> str:
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        raise Unobtainable(f"the benchmark reads /proc and knows no binaries for {platform.platform()}")
    return f"linux-{machine}"
