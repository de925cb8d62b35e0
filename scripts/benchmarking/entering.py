"""How a script goes on in the project's environment, where its interpreter lacks the package."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def enter(script: str) -> None:
    """Replace this process by the same script under the project's interpreter, if need be."""
    try:
        import apikley  # noqa: F401
    except ModuleNotFoundError:
        python = ROOT / ".venv" / "bin" / "python"
        if not python.exists() or os.environ.get("APIKLEY_REEXECUTED"):
            sys.exit(f"{Path(script).name}: needs the project's environment; scripts/test makes it")
        os.environ["APIKLEY_REEXECUTED"] = "1"
        os.execv(python, [str(python), script, *sys.argv[1:]])  # noqa: S606  # no shell is wanted
