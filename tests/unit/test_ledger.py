"""The ledger never forgets what may be billed."""

from apikley.ledger import MemoryLedger, Wish


def test_a_wish_is_found_in_its_newest_state():
    ledger = MemoryLedger()
    wish = Wish("a")

    ledger.record(wish)
    ledger.record(wish.became("submitted", "task_1"))

    assert ledger.find("a") == Wish("a", "submitted", "task_1")
    assert ledger.find("b") is None


def test_what_is_posting_or_unknown_is_in_doubt():
    ledger = MemoryLedger()
    for state in ("posting", "submitted", "refused", "unknown"):
        ledger.record(Wish(state, state))

    assert [wish.key for wish in ledger.in_doubt()] == ["posting", "unknown"]


def test_a_full_ledger_forgets_the_oldest_settled_wish():
    ledger = MemoryLedger(room=2)
    for key, state in (("a", "unknown"), ("b", "submitted"), ("c", "refused"), ("d", "submitted")):
        ledger.record(Wish(key, state))

    assert [key for key in "abcd" if ledger.find(key)] == ["a", "d"]


def test_a_ledger_full_of_doubts_forgets_none():
    ledger = MemoryLedger(room=2)
    for key in "abcd":
        ledger.record(Wish(key, "unknown"))

    assert len(ledger.in_doubt()) == 4


def test_a_wish_s_repr_does_not_show_what_was_wished():
    assert "night" not in repr(Wish("a", request="make it night"))
