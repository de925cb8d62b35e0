"""Who is compared, and how each is fetched into an environment of their own."""

import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from benchmarking.contestants import CACHE, Unobtainable


@frozen
class Peer:
    """A client that is compared. `package` is the index's word; `imported` and `opened` are what a user writes."""

    package: str
    version: str
    imported: str
    opened: str


HTTPX = Peer("httpx", "0.28.1", "import httpx", "httpx.Client()")
OURS = Peer("apikley", "", "from apikley import Apikley", "Apikley('x')")
PEERS: Mapping[str, Peer] = {
    each.package: each
    for each in (
        Peer("fal-client", "1.0.3", "import fal_client", "fal_client.SyncClient(key='x')"),
        Peer("replicate", "1.0.7", "import replicate", "replicate.Client('x')"),
        Peer("openai", "3.57.0", "import openai", "openai.OpenAI(api_key='x')"),
        Peer(
            "runapi-qwen-image",
            "0.3.0",
            "from runapi.qwen_image import QwenImageClient",
            "QwenImageClient('x')",
        ),
    )
}
_CORE = ("attrs==26.1.0", "sniffio==1.3.1", "aiohttp==3.14.5")
"""What ours needs besides httpx, and what its faster transport does."""


def environment(root: Path) -> Path:
    """The interpreter of an environment with all peers, and with the core of this checkout as its users get it.

    Raises `Unobtainable`.
    """
    wanted = [f"{each.package}=={each.version}" for each in (HTTPX, *PEERS.values())] + [*_CORE]
    folder = CACHE / f"clients-{zlib.crc32(' '.join([sys.version, *wanted]).encode()):08x}"
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        print(f"fetching {', '.join(wanted)} into {folder}", file=sys.stderr)
        _do([sys.executable, "-m", "venv", "--clear", str(folder)])
        _do([str(python), "-m", "pip", "install", *_QUIET, *wanted])
        stamp.touch()
    wheels = folder / "wheels"
    for old in wheels.glob("*.whl"):
        old.unlink()
    _do([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], cwd=root)
    wheel = next(wheels.glob("*.whl"))
    _do([str(python), "-m", "pip", "install", *_QUIET, *_FROM_HERE, str(wheel)])
    return python


_QUIET = ("--quiet", "--disable-pip-version-check")
_FROM_HERE = ("--no-index", "--no-deps", "--force-reinstall")


def _do(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600, cwd=cwd)
    if done.returncode:
        raise Unobtainable(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
