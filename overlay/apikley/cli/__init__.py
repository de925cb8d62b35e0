"""The command line, if its library is there."""

import sys


def main() -> None:
    """Run the command `apikley`."""
    code = 0
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has had enough
        code = code or 1
        _close()
    except OSError as error:  # what is wrong with another file is told where that file is known
        if not code:  # else it was told already
            sys.stderr.write(f"apikley: stdout cannot be written: {error.strerror or error}\n")
        code = code or 2
        _close()
    sys.exit(code)


def _run(words: list[str]) -> int:
    # Asking each finder spares importing what `importlib.util.find_spec` needs, let alone click.
    if words in (["--help"], ["-h"]) and any(finder.find_spec("click", None) for finder in sys.meta_path):
        from apikley.cli import welcome  # noqa: PLC0415  # for this alone

        sys.stdout.write(welcome.text(welcome.width()))
        return 0
    try:
        from apikley.cli.running import run  # noqa: PLC0415  # click is an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write("apikley: the command line needs one more package: pip install 'apikley[cli]'\n")
        return 2
    return run(words)


def _close() -> None:
    """Have nothing written at the end, which would fail again."""
    import os  # noqa: PLC0415  # rarely needed

    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the end's flush
