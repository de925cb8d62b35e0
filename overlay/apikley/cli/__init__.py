"""The command line, if its library is there."""

import sys


def main() -> None:
    """Run the command `apikley`."""
    try:
        from apikley.cli.commands import apikley  # noqa: PLC0415  # click is an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("apikley: the command line needs one more package: pip install 'apikley[cli]'")
    try:
        apikley(prog_name="apikley")
    except ImportError as error:
        if error.name:
            raise
        sys.exit(f"apikley: {error}")  # the mock's hint at its extra
