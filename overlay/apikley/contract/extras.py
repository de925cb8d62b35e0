"""What to install when a package is missing."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def contract_extra() -> Generator[None]:
    """Around the import of a package that only the contract checks need."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "apikley":
            raise
        raise ImportError(
            f"contract checks need {error.name}, which is not installed: pip install 'apikley[contract]'"
        ) from error
