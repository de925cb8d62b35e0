"""The command line, if its library is there."""

import sys


def main() -> None:
    """Run the command `apikley`."""
    try:
        from apikley.cli.running import run  # noqa: PLC0415  # click is an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write("apikley: the command line needs one more package: pip install 'apikley[cli]'\n")
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))
