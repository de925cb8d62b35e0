"""A copy of the project that scripts may change, and what need not be done twice in one run of the tests."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from regeneration import documents, generating

ROOT = Path(__file__).parents[2]
READ: dict[str, documents.Document] = {}
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules")


class Checkout:
    """A copy of all that the scripts read and write, and a folder beside it for what is handed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        for name in ("spec", "scripts", "generated", "overlay"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=LEFT_OUT)
        shutil.copy(ROOT / "pyproject.toml", self.folder)

    def run(self, script: str, *arguments: str) -> tuple[int, str, str]:
        """Run a script of this checkout in this process; exit code, output and complaints."""
        path = str(self.folder / "scripts" / script)
        loader = SourceFileLoader(script.replace("-", "_"), path)
        module = module_from_spec(spec_from_file_location(loader.name, path, loader=loader))
        with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as complaints:
            loader.exec_module(module)
            try:
                code = module.main([*arguments])
            except SystemExit as ended:
                code = ended.code
        return code, output.getvalue(), complaints.getvalue()

    def keep_only(self, document: str) -> None:
        """Leave out every vendored document but this one of spec/upstream, with what is said of it."""
        upstream = self.folder / "spec/upstream"
        others = [path for path in upstream.rglob("*.yaml") if path != upstream / document]
        for path in others:
            gone = [path, *path.parent.glob(f"{path.stem}.page.txt")]
            for listed in (upstream / "SHA256SUMS", upstream / "README.md"):
                lines = listed.read_text().splitlines(keepends=True)
                names = [each.relative_to(upstream).as_posix() for each in gone]
                listed.write_text(
                    "".join(line for line in lines if not {*re.split(r"[\s`]+", line)} & {*names})
                )
            for overlay in (self.folder / "spec/overlays").glob("*.yaml"):
                extended = documents.load(overlay).get("extends")
                if extended is not None and (overlay.parent / extended).resolve() == path.resolve():
                    gone.append(overlay)
            for each in gone:
                each.unlink()
        if others:
            assert self.run("regenerate")[0] == 0

    def document(self) -> Any:
        """The joined document of its generated package."""
        return json.loads((self.folder / "generated/apikley_generated/openapi.json").read_text())

    def snapshot(self) -> dict[str, bytes | None]:
        """Every file with its bytes, and every folder with None."""
        return {
            path.relative_to(self.folder).as_posix(): None if path.is_dir() else path.read_bytes()
            for path in self.folder.rglob("*")
            if "__pycache__" not in path.parts
        }


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Make one more copy."""
    return lambda: Checkout(tmp_path_factory.mktemp("copied"))


@pytest.fixture
def checkout(copied: Callable[[], Checkout]) -> Checkout:
    return copied()


@pytest.fixture(scope="module")
def untouched(copied: Callable[[], Checkout]) -> Checkout:
    """One for all tests that see nothing change in it."""
    return copied()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what was read of a text, and what was generated from a document: both take longer than all the rest."""
    read, generate = documents.loads, generating.generate
    made: dict[tuple[str, str], Path] = {}

    def loads(text: str, name: str) -> documents.Document:
        if text not in READ:
            READ[text] = read(text, name)
        return deepcopy(READ[text])

    def kept(document: documents.Document, recipe: generating.Recipe, package: Path) -> None:
        key = documents.dumps(document), repr(recipe)
        if key not in made:
            generate(document, recipe, package)
            made[key] = shutil.copytree(package, tmp_path_factory.mktemp("made") / "package")
        else:
            shutil.copytree(made[key], package)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "loads", loads)
        patch.setattr(generating, "generate", kept)
        yield
