"""The detectors that need an engine: schemathesis, its strategies, and the generator."""

import copy
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from apikley.mock import App, Document, Mock, polls
from apikley_generated import AuthenticatedClient
from apikley_generated.models import TaskCallback
from contract.judging import ROOT, operation, operations, response
from contract.server import conforming
from regeneration import documents, generating

Changed = dict[str, Any]
EXAMPLES = 12


class Conformance:
    """A mock of the changed document against schemathesis, which reads the original."""

    def __init__(self, original: Changed) -> None:
        self._original = original

    def failures(self, document: Changed) -> Iterator[str]:
        for errors, checks in conforming.CHECKS.items():
            mock = Mock(document=Document.of(document), errors=errors, credits=1e9, scenario=polls(2))
            schema = openapi.from_dict(copy.deepcopy(self._original), config=self._config(checks))
            schema.app = App(conforming.holding_the_example(mock))
            for event in from_schema(schema).execute():
                if isinstance(event, events.NonFatalError | events.FatalError):
                    yield repr(event)
                if isinstance(event, events.ScenarioFinished):
                    yield from conforming.failures_of(event.recorder)

    def _config(self, checks: tuple[str, ...]) -> SchemathesisConfig:
        """Only what is the same in each run."""
        off = {"enabled": False}
        return SchemathesisConfig.from_dict(
            {
                "headers": {"Authorization": "Bearer sk-test-schemathesis"},
                "seed": 1,
                "workers": 1,
                "continue-on-failure": True,
                "checks": {"enabled": False, **{name: {"enabled": True} for name in checks}},
                "generation": {"database": "none", "deterministic": True},
                "phases": {"examples": {}, "coverage": {}, "fuzzing": off, "stateful": off},
                "analysis": {"constants": off},
                "cache": off,
                "suppress-health-check": ["all"],
            }
        )


class Generated:
    """The code that the generator makes of a document, before it is formatted; its document aside."""

    def __init__(self, original: Changed) -> None:
        self._recipe = generating.read_recipe(ROOT / "spec/generator.yaml")
        self._original = self._texts(original)

    def differences(self, document: Changed) -> Iterator[str]:
        texts = self._texts(document)
        for name in sorted(texts.keys() | self._original.keys()):
            if texts.get(name) != self._original.get(name):
                yield f"{name} differs"

    def _texts(self, document: Changed) -> dict[str, str]:
        from openapi_python_client import generate
        from openapi_python_client.config import Config, ConfigFile, MetaType

        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            source, templates, package = (work / name for name in ("openapi.json", "templates", "package"))
            source.write_text(documents.dumps(document), encoding="utf-8")
            generating.write_templates(self._recipe.patches, templates)
            config = Config.from_sources(
                ConfigFile(**self._recipe.config), MetaType.NONE, source, "utf-8", True, package
            )
            with redirect_stdout(io.StringIO()):  # it tells where it writes
                problems = generate(config=config, custom_template_path=templates)
            if problems:
                return {"problems": str(problems)}
            return {
                path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
                for path in package.rglob("*.py")
            }


class Mirror:
    """The committed client reads answers that are drawn from the changed document."""

    def __init__(self, original: Changed) -> None:
        self._original = original

    def failures(self, document: Changed) -> Iterator[str]:
        whole = openapi.from_dict(_mirrored(document))
        for name in (told["operationId"] for _, _, told in operations(self._original)):
            for status in ("200", "401"):  # all that refuse say so in the same words
                yield from self._of_answer(whole, name, int(status))
        yield from _drawn(whole, "/callback", lambda body: TaskCallback.from_dict(body).to_dict())

    def _of_answer(self, whole: Any, name: str, status: int) -> Iterator[str]:
        (tag,) = operation(self._original, name)["tags"]
        module = import_module(f"apikley_generated.api.{tag}.{name}")
        client = AuthenticatedClient("https://api.apikley.ru", "sk-test-1")

        def parsed(body: Any) -> Any:
            answer = httpx.Response(status, content=json.dumps(body).encode())
            return module._parse_response(client=client, response=answer).to_dict()  # noqa: SLF001 - no request is wanted

        yield from _drawn(whole, f"/{name}/{status}", parsed)


def _mirrored(document: Changed) -> Changed:
    """A document whose requests are the other's answers: schemathesis makes up requests only."""
    paths = {}
    for _, _, told in operations(document):
        for status in told["responses"]:
            content = response(document, told, status)["content"]["application/json"]
            paths[f"/{told['operationId']}/{status}"] = _taking(content["schema"])
    callback = operation(document, "create_task")["callbacks"]["taskEnded"]["{$request.body#/callBackUrl}"]
    content = callback["post"]["requestBody"]["content"]["application/json"]
    return {**document, "paths": paths | {"/callback": _taking(content["schema"])}}


def _taking(schema: Changed) -> Changed:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"post": {"requestBody": body, "responses": {"200": {"description": "anything"}}}}


def _drawn(whole: Any, path: str, parsed: Any) -> Iterator[str]:
    """The first drawn answer that is not read, or of which something is lost."""
    strategy = whole[path]["POST"].as_strategy().map(lambda case: copy.deepcopy(case.body))

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(strategy)
    def read(body: Any) -> None:
        if (made := parsed(body)) != body:
            raise AssertionError(f"{body} becomes {made}")

    try:
        read()
    except Exception as error:  # noqa: BLE001 - whatever reading raises
        yield f"{path}: {type(error).__name__}: {error}"[:300]
