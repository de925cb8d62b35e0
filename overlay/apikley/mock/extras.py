"""What to install when a package is missing."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def mock_extra() -> Generator[None]:
    """Around the import of a package that only the mock needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "apikley":
            raise
        raise ImportError(
            f"the mock needs {error.name}, which is not installed: pip install 'apikley[mock]'"
        ) from error
