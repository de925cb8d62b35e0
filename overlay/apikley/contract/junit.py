"""The verdicts as a JUnit file, which the pages of CI services show."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from apikley.contract.verdicts import Verdict

# What XML 1.0 has no place for.
_STRANGE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(verdicts: Sequence[Verdict], base_url: str) -> bytes:
    """One test case a check: a failure where the service drifted, an error where no answer came."""
    counts = {
        "tests": len(verdicts),
        "failures": _count(verdicts, "failed"),
        "errors": _count(verdicts, "unanswered"),
        "skipped": _count(verdicts, "skipped"),
    }
    said = {name: str(count) for name, count in counts.items()}
    said["time"] = f"{sum(each.seconds for each in verdicts):.3f}"
    root = ET.Element("testsuites", said)
    suite = ET.SubElement(root, "testsuite", {"name": "apikley contract", **said})
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", {"name": "base_url", "value": _clean(base_url)})
    for each in verdicts:
        _add(suite, each)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(suite: ET.Element, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {"classname": "apikley.contract", "name": _clean(verdict.name), "time": f"{verdict.seconds:.3f}"},
    )
    match verdict.outcome:
        case "failed":
            first = verdict.faults[0] if verdict.faults else None
            kind = first.rule if first else "failed"
            failure = ET.SubElement(
                case, "failure", {"type": _clean(kind), "message": _clean(headline(verdict))}
            )
            failure.text = _clean("\n".join(details(verdict)))
        case "unanswered":
            error = ET.SubElement(
                case, "error", {"type": verdict.trouble or "", "message": _clean(verdict.reason)}
            )
            error.text = _clean("\n".join(details(verdict)))
        case "skipped":
            ET.SubElement(case, "skipped", {"message": _clean(verdict.reason)})
        case "passed":
            pass


def headline(verdict: Verdict) -> str:
    """What is wrong, in a line."""
    return "; ".join(f"{fault.pointer or '/'}: {fault.says} ({fault.rule})" for fault in verdict.faults[:3])


def details(verdict: Verdict) -> list[str]:
    """What was asked, what came, which rules were broken, and what that is to users; not the reason."""
    lines = [f"asked:  {verdict.asked}", f"came:   {verdict.came}"] if verdict.asked else []
    lines += [f"broken: {fault.rule} at {fault.pointer or '/'}: {fault.says}" for fault in verdict.faults]
    lines += [f"means:  {verdict.means}"] if verdict.means else []
    lines += [f"task:   {verdict.task_id}"] if verdict.task_id else []
    return lines


def _count(verdicts: Sequence[Verdict], outcome: str) -> int:
    return sum(each.outcome == outcome for each in verdicts)


def _clean(text: str) -> str:
    return _STRANGE.sub("\ufffd", text)
