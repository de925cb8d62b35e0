"""What is left to do by hand in `overlay/apikley`, since no generator writes it."""

from collections.abc import Iterable, Iterator

from updating.changes import Change, Side
from updating.suggesting import short
from updating.touching import Touched


def chores(told: Iterable[tuple[Change, Touched]]) -> Iterator[str]:
    """One sentence for each thing that a change leaves to do."""
    for change, touched in told:
        names = ", ".join(name.removeprefix("apikley.") for name in touched.overlay)
        last = str(change.place[-1]) if change.place else ""
        if last == "required":
            last = str(change.new or change.old)
        is_sent = change.side in {Side.REQUEST, Side.BOTH}
        match change.what:
            case "property added" | "required property added" if is_sent:
                yield (
                    f"{last} is in the generated models and in no option of ours. To offer it, name it in EditOptions, "
                    "EditRequest and wire.to_body."
                )
            case "property removed" | "parameter removed" if names:
                yield f"{last} is gone from the document; take it out of {names}."
            case "property renamed" if names:
                yield f"{last} is called {change.new} now; change {names}."
            case "value added" | "value removed" if aliases := _aliases(touched):
                told_values = short(change.new if change.new is not None else change.old)
                yield f"{aliases} lists the values by hand: {change.what.split()[-1]} {told_values}."
            case "server changed" | "path changed" if names:
                yield f"{names} repeats {short(change.old)}."
            case "type changed" | "format changed" | "now required" | "no longer required" if (
                names and is_sent
            ):
                yield f"See that {names} still fits: {last}, {change.what}."


def _aliases(touched: Touched) -> str:
    return ", ".join(name for name in touched.overlay if name.removeprefix("apikley.").startswith("options."))
