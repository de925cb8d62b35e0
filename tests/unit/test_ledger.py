"""A ledger never forgets what may be billed, and no step of a submission is taken twice."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from apikley import durable
from apikley.durable import DurableLedger, default_path
from apikley.errors import LedgerUnusable, SubmissionMoved
from apikley.ledger import AFTER, FIRST, REMEMBERED, UNSETTLED, MemoryLedger, Submission


@pytest.fixture(params=["memory", "file"])
def ledger(request, tmp_path):
    ledger = MemoryLedger() if request.param == "memory" else DurableLedger(tmp_path / "ledger.sqlite3")
    yield ledger
    ledger.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.sqlite3"


def led_to(ledger, key, *states, **facts):
    """A submission that has gone this way."""
    submission = Submission(key, **facts)
    for state in states:
        submission = submission.became(state, f"task_{key}" if state == "submitted" else None)
        ledger.record(submission)
    return submission


def test_a_wish_is_found_in_its_newest_state(ledger):
    led_to(ledger, "a", "posting", "submitted")

    found = ledger.find("a")

    assert (found.state, found.task_id) == ("submitted", "task_a")
    assert ledger.of_task("task_a") == found
    assert ledger.find("b") is ledger.of_task("b") is None


def test_of_two_wishes_that_became_one_task_the_newest_is_found(ledger):
    led_to(ledger, "a", "posting", "submitted")
    wish = led_to(ledger, "b", "posting")

    ledger.record(wish.became("submitted", "task_a"))

    assert ledger.of_task("task_a").key == "b"


def test_a_doubt_that_became_another_task_than_was_named_is_found_by_that_one_alone(ledger):
    doubt = led_to(ledger, "a", "posting").became("unknown", "task_x")
    ledger.record(doubt)

    ledger.record(doubt.became("submitted", "task_y"))

    assert ledger.of_task("task_y").key == "a"
    assert ledger.of_task("task_x") is None


def test_what_is_posting_or_unknown_is_in_doubt(ledger):
    for key, way in {
        "a": ("posting",),
        "b": ("posting", "submitted"),
        "c": ("posting", "refused"),
        "d": ("posting", "unknown"),
        "e": ("posting", "unknown", "forgotten"),
    }.items():
        led_to(ledger, key, *way)

    assert [submission.key for submission in ledger.in_doubt()] == ["a", "d"]
    assert [submission.key for submission in ledger.all("refused", "forgotten")] == ["c", "e"]
    assert [submission.key for submission in ledger.all()] == ["a", "b", "c", "d", "e"]


def test_a_wish_is_sent_once_by_whoever_comes_first(ledger):
    led_to(ledger, "a", "posting")

    with pytest.raises(SubmissionMoved, match="is being sent by another thread or process") as told:
        ledger.record(Submission("a"))

    assert (told.value.key, told.value.state) == ("a", "posting")


def test_a_task_cannot_take_the_place_of_another(ledger):
    submission = led_to(ledger, "a", "posting", "submitted")

    with pytest.raises(SubmissionMoved):
        ledger.record(submission.became("submitted", "task_b"))

    assert ledger.find("a").task_id == "task_a"


def test_durations_are_learned_by_shape_and_the_oldest_are_forgotten(ledger):
    for number in range(REMEMBERED + 6):
        submission = led_to(ledger, f"a{number}", "posting", "submitted", shape="square")
        ledger.record(submission.became("ready", seconds=float(number)))
    led_to(ledger, "b", "posting", "submitted", shape="square_hd")

    assert ledger.durations("square") == [float(number) for number in range(6, REMEMBERED + 6)]
    assert ledger.durations("square_hd") == []


def test_a_full_memory_forgets_the_oldest_settled_wish():
    ledger = MemoryLedger(room=2)
    led_to(ledger, "a", "posting", "unknown")
    led_to(ledger, "b", "posting", "submitted")
    led_to(ledger, "c", "posting", "refused")
    led_to(ledger, "d", "posting", "submitted")

    assert [key for key in "abcd" if ledger.find(key)] == ["a", "d"]
    assert [key for key in "abcd" if ledger.of_task(f"task_{key}")] == ["d"]


def test_of_two_wishes_that_became_one_task_the_other_is_found_once_one_is_forgotten():
    ledger = MemoryLedger(room=2)
    for key in "ab":
        ledger.record(led_to(ledger, key, "posting", "unknown").became("submitted", "task_x"))
    ledger.record(ledger.find("a").became("ready", seconds=1.0))
    assert ledger.of_task("task_x").key == "a"

    led_to(ledger, "c", "posting", "unknown")

    assert ledger.of_task("task_x").key == "b"


def test_a_memory_full_of_doubts_forgets_none():
    ledger = MemoryLedger(room=2)
    for key in "abcd":
        led_to(ledger, key, "posting", "unknown")

    assert len(ledger.in_doubt()) == 4


def test_a_wish_s_repr_does_not_show_what_was_wished():
    assert "night" not in repr(Submission("a", body="make it night"))


def test_a_file_remembers_all_of_a_wish(path):
    ledger = DurableLedger(path)
    submission = led_to(
        ledger, "a", "posting", "submitted", "ready", body='{"prompt": "ночь"}', shape="square", reserved=1.5
    )
    ledger.record(submission.became("done", seconds=12.5, credits=1.0, paths=("ночь.png", "2.png")))
    before = ledger.find("a")
    ledger.close()

    after = DurableLedger(path).find("a")

    assert after == before
    assert (after.body, after.shape, after.reserved) == ('{"prompt": "ночь"}', "square", 1.5)
    assert (after.seconds, after.credits, after.paths) == (12.5, 1.0, ("ночь.png", "2.png"))
    assert 0 <= time.time() - after.sent_at < 60
    assert after.changed_at >= after.sent_at


def test_only_the_owner_may_read_the_file(path):
    DurableLedger(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o077 for each in path.parent.iterdir()} == {0}


def test_what_a_killed_process_was_sending_is_in_doubt_at_once(path):
    ran(
        path,
        "ledger.record(Submission('a')); ledger.record(Submission('b'))",
        "ledger.record(Submission('b', 'submitted', 'task_b'))",
        "os.kill(os.getpid(), 9)",
    )

    ledger = DurableLedger(path)

    assert [submission.key for submission in ledger.in_doubt()] == ["a"]
    assert ledger.of_task("task_b").key == "b"


def test_what_a_living_process_is_sending_is_not_in_doubt_before_the_deadline(path, monkeypatch):
    with subprocess.Popen(
        program(path, "ledger.record(Submission('a'))", "print(flush=True)", "input()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        other.stdout.readline()
        ledger = DurableLedger(path)
        early = ledger.in_doubt()
        later = time.time() + durable.POST_DEADLINE + 1
        monkeypatch.setattr(durable.time, "time", lambda: later)
        late = ledger.in_doubt()
        other.communicate(b"\n", timeout=30)

    assert early == []
    assert [submission.key for submission in late] == ["a"]


def test_of_many_processes_that_want_to_send_one_wish_one_may(path):
    DurableLedger(path).close()
    attempt = """
    for number in range(40):
        try:
            ledger.record(Submission(f'w{number}'))
            print(number)
        except SubmissionMoved:
            pass
    """.replace("\n    ", "\n")
    others = [subprocess.Popen(program(path, attempt), stdout=subprocess.PIPE, text=True) for _ in range(3)]
    sent = [number for other in others for number in other.communicate(timeout=60)[0].split()]

    assert sorted(sent, key=int) == [str(number) for number in range(40)]


def test_a_full_disk_refuses_an_intent(path):
    ledger = filled(path)

    with pytest.raises(LedgerUnusable, match="full"):
        ledger.record(Submission("a", body="x" * 100_000))

    assert ballast(path).exists()


def test_a_full_disk_gives_up_its_ballast_for_the_id_of_a_paid_task(path, monkeypatch):
    ledger = DurableLedger(path)
    submission = led_to(ledger, "a", "posting")
    whole = ledger._of_this_process

    def without_ballast():
        if ballast(path).exists():
            raise durable.sqlite3.OperationalError("database or disk is full")
        return whole()

    monkeypatch.setattr(ledger, "_of_this_process", without_ballast)
    ledger.record(submission.became("submitted", "task_a"))

    assert ledger.find("a").task_id == "task_a"
    ledger.close()
    DurableLedger(path)
    assert ballast(path).exists()


@pytest.fixture
def full():
    """Files cannot grow beyond a few pages, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))

    yield full
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("has_ballast", [True, False])
def test_what_is_paid_is_read_on_a_full_disk(has_ballast, path, full):
    ledger = DurableLedger(path)
    led_to(ledger, "a", "posting", "submitted")
    ledger.close()
    if not has_ballast:
        ballast(path).unlink()
    full()

    ledger = DurableLedger(path)

    assert [submission.task_id for submission in ledger.all()] == ["task_a"]
    assert ledger.in_doubt() == []
    with pytest.raises(LedgerUnusable, match="cannot be used"):
        ledger.record(Submission("b"))
    assert ballast(path).exists() == has_ballast


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a" * 5000, "not a database"),
        (b"CREATE TABLE of_others (a)", "of something else"),
        (b"PRAGMA application_id = 0x41504B59; PRAGMA user_version = 9", "newer apikley"),
    ],
)
def test_what_is_no_ledger_is_left_as_it_is(path, content, problem):
    path.parent.mkdir()
    if content.isupper() or b" " in content:
        with durable.sqlite3.connect(path) as other:
            other.executescript(content.decode())
        other.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()

    with pytest.raises(LedgerUnusable, match=problem):
        DurableLedger(path)

    assert path.read_bytes() == before


def test_a_folder_on_a_network_file_system_is_refused(path, monkeypatch):
    monkeypatch.setattr(durable, "_network", lambda folder: "nfs4")

    with pytest.raises(LedgerUnusable, match="network file system"):
        DurableLedger(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(LedgerUnusable, match="cannot be used"):
        DurableLedger(tmp_path / "file" / "ledger.sqlite3")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"APIKLEY_LEDGER": "/a/b.db", "XDG_STATE_HOME": "/s"}, "/a/b.db"),
        ({"XDG_STATE_HOME": "/s"}, "/s/apikley/ledger.sqlite3"),
        ({}, str(Path.home() / ".local/state/apikley/ledger.sqlite3")),
    ],
)
def test_the_command_line_s_ledger_is_in_the_user_s_state_directory(environment, expected):
    assert default_path(environment) == Path(expected)


class Ledgers(RuleBasedStateMachine):
    """Both ledgers, two handles on the one in a file, and what they should know."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "ledger.sqlite3"
        self.ledgers = [MemoryLedger(), DurableLedger(path), DurableLedger(path)]
        self.known = {}

    @rule(key=st.sampled_from("abc"), state=st.sampled_from(sorted(AFTER)), through=st.sampled_from([1, 2]))
    def step(self, key, state, through):
        submission = Submission(
            key, state, task_id=None if state in {"posting", "refused"} else f"task_{key}"
        )
        may = FIRST if key not in self.known else AFTER[self.known[key]]
        for ledger in (self.ledgers[0], self.ledgers[through]):
            if state in may:
                known = ledger.find(key)
                ledger.record(evolve(submission, repeats=known.sent_at if known else None))
            else:
                with pytest.raises(SubmissionMoved):
                    ledger.record(submission)
        if state in may:
            self.known[key] = state

    @invariant()
    def all_know_the_same(self):
        for ledger in self.ledgers:
            assert {submission.key: submission.state for submission in ledger.all()} == self.known
            doubtful = {key for key, state in self.known.items() if state in UNSETTLED}
            assert {submission.key for submission in ledger.in_doubt()} == doubtful

    def teardown(self):
        for ledger in self.ledgers:
            ledger.close()
        shutil.rmtree(self.folder)


TestLedgers = Ledgers.TestCase
TestLedgers.settings = settings(max_examples=15, stateful_step_count=20)


def ballast(path):
    return path.with_name(f"{path.name}.ballast")


def filled(path):
    """A ledger whose disk has room for a few more pages only."""
    ledger = DurableLedger(path)
    (pages,) = ledger._connection.execute("PRAGMA page_count").fetchone()
    ledger._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    return ledger


def program(path, *lines):
    head = (
        "import os\nfrom apikley.durable import DurableLedger\nfrom apikley.errors import SubmissionMoved\n"
    )
    made = f"from apikley.ledger import Submission\nledger = DurableLedger({str(path)!r})\n"
    return [sys.executable, "-c", head + made + "\n".join(lines)]


def ran(path, *lines):
    return subprocess.run(program(path, *lines), timeout=60, check=False)
