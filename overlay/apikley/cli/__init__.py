"""The command line, if its library is there."""

import gc
import sys

from apikley.cli import streams


def main() -> None:
    """Run the command `apikley`."""
    streams.prepare()
    code = 0
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has had enough
        code = code or 1
        streams.give_up_stdout()
    except OSError as error:  # what is wrong with another file is told where that file is known
        if not code:  # else it was told already
            sys.stderr.write(f"apikley: stdout cannot be written: {error.strerror or error}\n")
        code = code or 2
        streams.give_up_stdout()
    sys.exit(code)


def _run(words: list[str]) -> int:
    # Asking each finder spares importing what `importlib.util.find_spec` needs, let alone click.
    if words in (["--help"], ["-h"]) and any(finder.find_spec("click", None) for finder in sys.meta_path):
        from apikley.cli import welcome  # noqa: PLC0415  # for this alone

        sys.stdout.write(welcome.text(welcome.width()))
        return 0
    try:
        with all_stays():
            from apikley.cli.running import run  # noqa: PLC0415  # click is an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write("apikley: the command line needs one more package: pip install 'apikley[cli]'\n")
        return 2
    return run(words)


class all_stays:  # noqa: N801  # as contextlib's, which the first help does without
    """Have nobody look for garbage among what is made in the block: what imports make is there to the end."""

    def __enter__(self) -> None:
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.freeze()
        gc.enable()
