"""What a task is expected to cost, and whose durations tell how long it takes.

The prices in the document were seen by users and promised by nobody: what a task did cost is `Task.credits`.
"""

from collections.abc import Mapping

from apikley import catalogue


def price(model: str, said: Mapping[str, object]) -> float | None:
    """The credits for a request with this input, in the document's names; None where it tells no price."""
    known = catalogue.find(model)
    if known.priced is None:
        return None
    each = known.prices.get(str(_value(known, known.priced, said)))
    count = _value(known, known.roles.get("count"), said)
    if each is None or not (count is None or str(count).isdecimal()):
        return None
    return each * int(str(count or 1))


def shape(model: str, said: Mapping[str, object]) -> str:
    """What takes equally long: tasks of one model, at one size, with as many pictures."""
    known = catalogue.find(model)
    values = (_value(known, known.roles.get(role), said) for role in ("size", "count"))
    return " ".join([model, *(str(value) for value in values if value is not None)])


def _value(model: catalogue.Model, name: str | None, said: Mapping[str, object]) -> object:
    """What is said of a value, or else what the service takes for it."""
    if name is None:
        return None
    value = said.get(name)
    return model.defaults.get(name) if value is None else value
