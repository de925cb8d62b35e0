"""How `generated/` is made from `spec/`, from the first step to the last."""

import json
from pathlib import Path

from regeneration import assembling, documents, generating, joining, overlays
from regeneration.drift import differences, replace

__all__ = ["PROBLEMS", "differences", "regenerate", "replace"]

PROBLEMS = (
    assembling.VendoredChanged,
    documents.DocumentError,
    generating.GenerationFailed,
    joining.JoinError,
    overlays.OverlayError,
)
"""What can be wrong with the inputs; each says which file and why."""


def regenerate(spec: Path, work: Path) -> Path:
    """Make a fresh `generated/` inside the empty folder `work` and return it; raises one of `PROBLEMS`."""
    fresh = work / "generated"
    fresh.mkdir()
    recipe = generating.read_recipe(spec / "generator.yaml")
    document = assembling.assemble(spec)
    package = work / recipe.package
    generating.generate(document, recipe, package)
    (package / "openapi.json").write_text(documents.dumps(document), encoding="utf-8")
    (package / "py.typed").touch()
    provenance = json.dumps(_provenance(spec, recipe, package / "openapi.json"), indent=2)
    (package / "provenance.json").write_text(provenance + "\n")
    package.rename(fresh / recipe.package)
    return fresh


def _provenance(spec: Path, recipe: generating.Recipe, document: Path) -> dict[str, object]:
    """What the package was made from and with: enough to make it again, and nothing that changes by the hour."""
    inputs = [
        *assembling.sources(spec),
        *assembling.corrections(spec),
        spec / "generator.yaml",
    ]
    return {
        "generator": f"{recipe.generator.package} {recipe.generator.version}",
        "formatter": f"{recipe.formatter.package} {recipe.formatter.version}",
        "inputs": {path.relative_to(spec.parent).as_posix(): assembling.sha256(path) for path in inputs},
        "openapi.json": assembling.sha256(document),
    }
