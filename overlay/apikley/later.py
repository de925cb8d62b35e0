"""How a module is imported when it is first used, and not before."""

from importlib import import_module
from typing import Any


class Later:
    """Stands for a module until something is asked of it, which then imports the module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
