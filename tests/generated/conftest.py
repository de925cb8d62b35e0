"""The generated package, and what the plain generator writes for the same API."""

import inspect
import io
import json
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import httpx
import pytest
from attrs import field, frozen
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from regeneration import assembling, documents, joining

SPEC = Path(__file__).parents[2] / "spec"
PAGE = "market/qwen/image-edit.yaml"


@frozen
class Package:
    """A generated package, whatever its modules and classes are called."""

    name: str
    key: str = field(default="sk-test-secret", repr=False)

    def module(self, path: str) -> ModuleType:
        return import_module(f"{self.name}.{path}")

    def operation(self, path: str) -> ModuleType:
        """The module of the operation whose path ends so."""
        api = self.module("api")
        names = [found.name for found in pkgutil.walk_packages(api.__path__, f"{self.name}.api.")]
        (operation,) = (
            module for module in map(import_module, names) if f'{path}",\n' in inspect.getsource(module)
        )
        return operation

    def model(self, *endings: str) -> Any:
        """The class whose name ends in one of these."""
        (found,) = (
            model
            for name, model in vars(self.module("models")).items()
            if name.endswith(endings) and name[0].isupper()
        )
        return found

    @property
    def input(self) -> Any:
        """What createTask takes as input."""
        return self.model("EditInput", "BodyInput")

    def request(self) -> Any:
        """The smallest body of createTask, built by hand."""
        wish = self.input(prompt="make it night", image_url="https://example.com/street.jpg")
        return self.body("createTask")(input_=wish)

    def body(self, operation: str) -> Any:
        """The class of an operation's body; where there are several models, that of an edit."""
        body = self.operation(operation).sync.__annotations__["body"]
        kinds = [kind for kind in get_args(body) if "ImageEdit" in kind.__name__]
        return kinds[0] if kinds else body

    def upload(self, content: bytes) -> Any:
        """A file to upload, as a form."""
        types = self.module("types")
        file = types.File(payload=io.BytesIO(content), file_name="a.png", mime_type="image/png")
        return self.body("file-stream-upload")(file=file, upload_path="images")

    def client(self, transport: httpx.BaseTransport | None = None, **options: Any) -> Any:
        return self.module("client").AuthenticatedClient(
            "https://api.apikley.ru", token=self.key, httpx_args={"transport": transport}, **options
        )

    def answered(self, operation: str, status: int, answer: object, **arguments: object) -> Any:
        """What an operation makes of an answer: the detailed response."""
        transport = httpx.MockTransport(lambda request: httpx.Response(status, json=answer))
        with self.client(transport) as client:
            return self.operation(operation).sync_detailed(client=client, **arguments)

    def sent(self, operation: str, **arguments: object) -> httpx.Request:
        """The request that an operation makes."""
        requests: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            request.read()
            requests.append(request)
            return httpx.Response(418)

        with self.client(httpx.MockTransport(answer)) as client:
            self.operation(operation).sync_detailed(client=client, **arguments)
        return requests[0]


@pytest.fixture(scope="session")
def ours() -> Package:
    """The package as it is shipped."""
    return Package("apikley_generated")


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Package]]:
    """What the generator writes with its own settings and templates, by what it read.

    `page` is the vendored document. `pages` is that document with its neighbours, uncorrected, and the
    neighbours as pages put it: enums closed, and nothing in it that was only met in answers.
    """
    folder = tmp_path_factory.mktemp("plain")
    names = {"page": page(), "pages": pages()}
    packages = {}
    for name, document in names.items():
        packages[name] = imported(written(document, folder / f"plain_{name}"))
    yield packages
    for name in [name for name in sys.modules if name.startswith(("plain_page.", "plain_pages."))]:
        del sys.modules[name]


def page() -> documents.Document:
    return documents.load(SPEC / "upstream" / PAGE)


def pages() -> documents.Document:
    neighbours = [path for path in assembling.sources(SPEC) if not path.is_relative_to(SPEC / "upstream")]
    parts = {path.name: documents.load(path) for path in (SPEC / "upstream" / PAGE, *neighbours)}
    text = json.dumps(joining.join({name: local(part, parts.keys()) for name, part in parts.items()}))
    document = json.loads(text, object_hook=closed)
    del document["components"]["schemas"]["TaskRecord"]["properties"]["creditsConsumed"]
    return document


def local(part: documents.Document, names: Any) -> documents.Document:
    text = json.dumps(part)
    for name in names:
        text = text.replace(f'"{name}#', '"#')
    return json.loads(text)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """An open enum as documents usually have it: the known values and no others."""
    match schema:
        case {"anyOf": [{"$ref": known}, {"type": _}]}:
            return {"$ref": known}
    return schema


def written(document: documents.Document, package: Path) -> Path:
    source = package.with_suffix(".json")
    source.write_text(json.dumps(document))
    settings = ConfigFile(post_hooks=[])
    config = Config.from_sources(settings, MetaType.NONE, source, "utf-8", False, package)
    assert generate(config=config) == []
    return package


def imported(folder: Path) -> Package:
    name = folder.name
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec
    assert spec.loader
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return Package(name)
