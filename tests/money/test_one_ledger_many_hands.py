"""One ledger in the hands of several clients, threads and processes, and on a disk that is against it."""

import json
import multiprocessing
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import pytest

from apikley import (
    Apikley,
    ApikleyError,
    LedgerUnusable,
    SubmissionMoved,
    SubmissionUnknown,
    durable,
    submitting,
)
from apikley.durable import DurableLedger
from apikley.ledger import Submission
from apikley.retrying import Retry
from apikley.testing import in_memory

LINK = "https://pictures.test/a.png"
WISH = {"image_size": "square", "key": "a"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite3"


def created(task_id="7f3"):
    return httpx.Response(200, json={"code": 200, "msg": "success", "data": {"taskId": task_id}})


def client_of(answer, **options):
    return Apikley("sk-test-hands", transport=httpx.MockTransport(answer), **options)


def elsewhere(path, *lines):
    """What another process says of the ledger."""
    head = "import os\nfrom apikley.durable import DurableLedger\nfrom apikley.ledger import Submission\n"
    code = head + f"ledger = DurableLedger({str(path)!r})\n" + "\n".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.split()


KEYS = "print(*(each.key for each in ledger.all()))"


def test_a_key_in_doubt_is_not_sent_again_by_a_second_submit():
    with in_memory() as service, Apikley() as client:
        service.fail_next("reset-after", on="create-task")
        with suppress(SubmissionUnknown):
            client.submit(LINK, "night", **WISH)

        with pytest.raises(SubmissionMoved, match="is in doubt: settle that, or accept to pay twice"):
            client.submit(LINK, "night", **WISH)

        assert len(service.tasks) == 1
        client.resubmit("a")
        assert len(service.tasks) == 2


def test_in_memory_too_a_key_is_sent_once():
    with in_memory() as service, Apikley() as client:
        client.submit(LINK, "night", **WISH)
        with pytest.raises(SubmissionMoved):
            client.submit(LINK, "night", **WISH)

        assert len(service.tasks) == 1


def test_who_tries_a_key_again_does_not_free_its_credits():
    with in_memory(), Apikley(max_credits=1) as client:
        client.submit(LINK, "night", **WISH)
        with pytest.raises(SubmissionMoved):
            client.submit(LINK, "night", **WISH)

        assert client._books.budget.reserved == 1


def test_a_doubt_that_is_sent_again_in_vain_stays_a_doubt():
    answers = iter([httpx.ReadError("reset"), httpx.ConnectError("refused"), httpx.ConnectError("refused")])

    def answer(request):
        raise next(answers)

    with pytest.MonkeyPatch.context() as patched, client_of(answer, max_credits=1) as client:
        patched.setattr(submitting, "SUBMIT", Retry(2, 0.001, 0.001))
        with suppress(SubmissionUnknown):
            client.submit(LINK, "night", **WISH)
        with suppress(ApikleyError):
            client.resubmit("a")

        assert [each.state for each in client.in_doubt()] == ["unknown"]
        assert client._books.budget.reserved == 1


def test_a_connection_that_was_never_made_refuses_nothing_of_another_s(path, monkeypatch):
    monkeypatch.setattr(submitting, "SUBMIT", Retry(1, 0.001, 0.001))
    sending, may_answer, got = threading.Event(), threading.Event(), []

    def answer(request):
        sending.set()
        may_answer.wait(30)
        return created()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with client_of(answer, ledger=path) as one, Apikley("sk-test-b", base_url=nobody, ledger=path) as other:
        thread = threading.Thread(target=lambda: got.append(one.submit(LINK, "night", **WISH).id))
        thread.start()
        assert sending.wait(30)
        with suppress(ApikleyError):
            other.submit(LINK, "night", **WISH)
        state = DurableLedger(path).find("a").state
        may_answer.set()
        thread.join(30)

    assert (state, got) == ("posting", ["7f3"])


def test_a_callback_that_is_faster_than_the_answer_harms_nobody(path):
    ledger = DurableLedger(path)

    def answer(request):
        ledger.record(ledger.find("a").became("submitted", "7f3"))
        return created()

    with client_of(answer, ledger=path) as client:
        assert client.submit(LINK, "night", **WISH).id == "7f3"


@pytest.mark.parametrize("code", [402, 500])
def test_half_a_character_in_a_refusal_does_not_break_the_ledger(path, code):
    body = json.dumps({"code": code, "msg": "\ud800"}).encode()
    with client_of(lambda _: httpx.Response(200, content=body), ledger=path) as client:
        with pytest.raises(ApikleyError):
            client.submit(LINK, "night", **WISH)

        assert client._books.ledger.find("a").state == {402: "refused", 500: "unknown"}[code]


def test_what_a_killed_process_was_sending_may_be_sent_again(path):
    body = '{"model":"qwen/image-edit","input":{"prompt":"night","image_url":"https://a.test/"}}'
    elsewhere(path, f"ledger.record(Submission('a', body={body!r}))", "os.kill(os.getpid(), 9)")

    with client_of(lambda _: created(), ledger=path) as client:
        assert client.resubmit("a").id == "7f3"


def test_what_a_living_process_is_sending_is_not_sent_again(path):
    with client_of(lambda _: created(), ledger=path) as client:
        client._books.ledger.record(Submission("a"))
        with pytest.raises(SubmissionMoved, match="being sent just now"):
            client.resubmit("a")


def test_two_clients_of_a_process_and_another_process_write_into_one_file(path):
    one, _two = DurableLedger(path), DurableLedger(path)
    one.record(Submission("before"))
    elsewhere(path, "ledger.close()")

    one.record(Submission("after"))

    assert elsewhere(path, KEYS) == ["before", "after"]


def test_a_child_goes_on_when_its_parent_has_closed_the_ledger(path):
    ledger = DurableLedger(path)
    ledger.record(Submission("parent"))
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            ledger.record(Submission("child"))
            os.read(read, 1)
            ledger.record(Submission("child, later"))
        os._exit(0)
    time.sleep(0.1)
    ledger.close()
    os.write(write, b"x")
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)

    assert [each.key for each in DurableLedger(path).all()] == ["parent", "child", "child, later"]


def test_a_child_is_not_held_up_by_what_a_thread_held_at_the_fork(path):
    ledger = DurableLedger(path)
    held = threading.Event()

    def hold():
        with ledger._lock:
            held.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    if (child := os.fork()) == 0:
        signal.alarm(5)
        with suppress(Exception):
            ledger.record(Submission("child"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    thread.join()

    assert status == 0
    assert ledger.find("child")


@pytest.mark.parametrize("harm", ["removed", "replaced"])
def test_a_ledger_that_was_taken_away_sends_nothing(path, harm):
    sent = []
    with client_of(lambda request: sent.append(request) or created(), ledger=path) as client:
        path.unlink()
        if harm == "replaced":
            path.touch()
        with pytest.raises(LedgerUnusable, match="was removed or replaced while it was open"):
            client.submit(LINK, "night", **WISH)

    assert sent == []


def test_a_ledger_that_another_holds_too_long_sends_nothing(path, monkeypatch):
    monkeypatch.setattr(durable, "_PATIENCE", 0.05)
    sent = []
    with client_of(lambda request: sent.append(request) or created(), ledger=path) as client:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnusable, match=r"the ledger .* cannot be used: database is locked"):
            client.submit(LINK, "night", **WISH)
        other.close()

    assert sent == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    DurableLedger(folder / "l").close()
    code = (
        "import os, sys\nfrom apikley.durable import DurableLedger\nfrom apikley.errors import LedgerUnusable\n"
        "os.setuid(65534)\n"
        f"try:\n    DurableLedger({str(folder / 'l')!r})\nexcept LedgerUnusable as error:\n    print(error)"
    )
    for each in (tmp_path.parent.parent, tmp_path.parent, tmp_path, folder):
        each.chmod(0o755)
    (folder / "l").chmod(0o644)
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    finally:
        tmp_path.parent.parent.chmod(0o700)

    assert "cannot be used: " in done.stdout


def test_what_a_killed_process_left_in_the_log_is_read(path):
    elsewhere(path, "ledger.record(Submission('a'))", "os.kill(os.getpid(), 9)")
    assert path.with_name(f"{path.name}-wal").stat().st_size

    assert [each.key for each in DurableLedger(path).in_doubt()] == ["a"]


def test_a_disk_without_room_sends_nothing_and_keeps_the_ids_of_what_was_sent(path):
    """By a limit on the size of files, which is told as an I/O error, as a quota is."""
    ledger = DurableLedger(path)
    paid = Submission("paid")
    ledger.record(paid)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = path.with_name(f"{path.name}-wal")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, before[1]))
        with pytest.raises(LedgerUnusable, match="cannot be used"):
            ledger.record(Submission("a"))
        with pytest.raises(LedgerUnusable, match="cannot be used"):
            ledger.record(paid.became("submitted", "7f3"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    ledger.record(paid.became("submitted", "7f3"))

    assert ledger.find("a") is None
    assert ledger.find("paid").task_id == "7f3"


def test_nothing_is_sent_while_there_is_no_room_for_ids(path, monkeypatch):
    ledger = DurableLedger(path)
    ledger._ballast().unlink()
    monkeypatch.setattr(
        "pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )

    with pytest.raises(LedgerUnusable, match="No space left"):
        ledger.record(Submission("a"))

    assert ledger.find("a") is None


def race_for(path, begin, wins, deed):
    """In a process of its own: try for each doubt, as soon as all are there."""
    ledger = DurableLedger(path)
    begin.wait(60)
    for submission in sorted(ledger.in_doubt(), key=lambda each: each.key):
        try:
            known = ledger.doubt(submission.key)
            if deed == "resubmit":
                ledger.record(Submission(known.key, repeats=submission.sent_at))
            else:
                ledger.record(known.became("submitted", f"task_{os.getpid()}"))
        except SubmissionMoved:
            continue
        wins.put((submission.key, deed))
    wins.put(None)


@pytest.mark.parametrize("deeds", [("resubmit", "resubmit"), ("resolve", "resolve"), ("resubmit", "resolve")])
def test_a_doubt_is_settled_by_one_process_only(path, deeds):
    keys = [f"wish-{number}" for number in range(30)]
    elsewhere(path, *(f"ledger.record(Submission({key!r}))" for key in keys), "os.kill(os.getpid(), 9)")
    spawn = multiprocessing.get_context("spawn")
    begin, wins = spawn.Barrier(len(deeds)), spawn.Queue()
    processes = [spawn.Process(target=race_for, args=(path, begin, wins, deed)) for deed in deeds]
    for process in processes:
        process.start()
    won, ended = [], 0
    while ended < len(deeds):
        win = wins.get(timeout=60)
        ended += win is None
        won += [win] if win else []
    for process in processes:
        process.join(60)

    keys_won = [key for key, deed in won]
    if "resolve" in deeds and "resubmit" in deeds:
        # What was resubmitted may be resolved by a callback meanwhile, never the other way round.
        assert len([key for key, deed in won if deed == "resubmit"]) <= len(keys)
        assert {*keys_won} == {*keys}
    else:
        assert sorted(keys_won) == sorted(keys)
