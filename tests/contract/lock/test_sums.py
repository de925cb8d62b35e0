"""Every file that generated/ was made from is still the one it was made from."""

import json
from hashlib import sha256

from contract.judging import CORRECTED, ROOT
from regeneration import assembling, documents

GENERATED = ROOT / "generated/apikley_generated"
PROVENANCE = json.loads((GENERATED / "provenance.json").read_text(encoding="utf-8"))


def test_the_sums_in_the_provenance_are_those_of_the_files():
    spec = ROOT / "spec"
    made_from = [*assembling.sources(spec), *assembling.corrections(spec), spec / "generator.yaml"]
    sums = {path.relative_to(ROOT).as_posix(): sha256(path.read_bytes()).hexdigest() for path in made_from}
    assert PROVENANCE["inputs"] == sums


def test_the_joined_document_is_the_one_that_was_written_to_the_byte():
    written = (GENERATED / "openapi.json").read_bytes()
    assert PROVENANCE["openapi.json"] == sha256(written).hexdigest()
    assert written == documents.dumps(CORRECTED).encode()


def test_every_vendored_file_is_as_it_was_received():
    assembling.verify_vendored(ROOT / "spec/upstream")
