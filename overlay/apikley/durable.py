"""The ledger that outlives its process: one SQLite file, which several processes may share.

Every step is one statement that only succeeds from a state it may be taken from, committed to the disk before it
returns (WAL, `synchronous=FULL`). So a process may be killed at any instant: what it was doing is in the file.
"""

import errno
import json
import os
import socket
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakSet

from attrs import evolve, fields

from apikley.errors import LedgerUnusable, SubmissionMoved
from apikley.ledger import (
    FIRST,
    POST_DEADLINE,
    REMEMBERED,
    UNSETTLED,
    Submission,
    SubmissionState,
    check_step,
    predecessors,
)

_APPLICATION = 0x41504B59  # "APKY", which the header of the file bears
_VERSION = 1
_BALLAST_BYTES = 256 * 1024
_PATIENCE = 30.0  # seconds for another process to let go of the file
_NO_ROOM = ("full", "disk I/O error")  # the latter is what a quota says
# On these, locks lie: two processes would send one submission.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "ncpfs", "glusterfs", "ceph"}
)

_SCHEMA = """
CREATE TABLE submissions (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    task_id TEXT,
    body TEXT,
    shape TEXT,
    reserved REAL,
    credits REAL,
    seconds REAL,
    problem TEXT,
    paths TEXT NOT NULL,
    sent_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    owner TEXT NOT NULL
) STRICT;
CREATE INDEX submissions_task ON submissions (task_id);
CREATE INDEX submissions_state ON submissions (state);
CREATE INDEX submissions_shape ON submissions (shape, changed_at) WHERE seconds IS NOT NULL;
"""
_COLUMNS = tuple(
    name for name in (each.name for each in fields(Submission)) if name not in {"age", "repeats"}
)


class DurableLedger:
    """A ledger in a file, made if there is none. Prompts are in it: only its owner may read it."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = RLock()
        self._owner = _owner()
        self._place: tuple[int, int] | None = None
        self._is_closed = False
        with self._in_our_words():
            self._connection: sqlite3.Connection | None = self._open()
        _let_go_at_forks(self)

    def record(self, submission: Submission) -> None:
        """Keep the newest state of a submission, on the disk.

        Raises `SubmissionMoved` if the step is not one it may take now, `LedgerUnusable` if it cannot be kept.
        """
        try:
            self._record(submission)
        except LedgerUnusable as error:
            if submission.state == "posting" or not _is_full(error.__cause__):
                raise
            # The task exists and is paid. Its id must get in, and this is what the ballast is for.
            self._ballast().unlink(missing_ok=True)
            self._record(submission)

    def _record(self, submission: Submission) -> None:
        now = time.time()
        with self._lock, self._in_our_words():
            connection = self._of_this_process()
            self._check_place()
            if submission.state == "posting":
                self._hold_ballast()
            row = self._to_row(evolve(submission, changed_at=now, sent_at=now))
            if submission.state in FIRST and connection.execute(_INSERT, row).rowcount:
                return
            if connection.execute(_updating(submission.state), row).rowcount:
                return
        known = self.find(submission.key)
        check_step(known, submission)
        raise SubmissionMoved(
            f"submission {submission.key} moved meanwhile",
            key=submission.key,
            state=known.state if known else "",
        )

    def find(self, key: str) -> Submission | None:
        """The submission of that key."""
        return next(iter(self._select("key = ?", key)), None)

    def of_task(self, task_id: str) -> Submission | None:
        """The newest submission that became this task."""
        return next(iter(self._select("task_id = ? ORDER BY changed_at DESC LIMIT 1", task_id)), None)

    def all(self, *states: SubmissionState) -> list[Submission]:
        """The submissions in these states, in any if none is named, oldest first."""
        among = f"state IN ({', '.join('?' * len(states))})" if states else "true"
        return self._select(f"{among} ORDER BY sent_at, rowid", *states)

    def in_doubt(self) -> list[Submission]:
        """The submissions that may have become tasks which nobody knows of.

        One that another process is sending counts once that is gone, or has taken longer than any request may.
        """
        with self._lock, self._in_our_words():
            owners = dict(
                self._of_this_process().execute("SELECT key, owner FROM submissions WHERE state = 'posting'")
            )
        late = time.time() - POST_DEADLINE
        return [
            submission
            for submission in self.all(*UNSETTLED)
            if submission.state == "unknown"
            or submission.sent_at < late
            or self._is_ours_or_gone(owners.get(submission.key, ""))
        ]

    def doubt(self, key: str, *, even_ours: bool = False) -> Submission | None:
        """The submission; from now on in doubt, if whoever was sending it is gone or has taken too long.

        Raises `SubmissionMoved` while somebody may still be sending it; `even_ours` is not asked whether this
        process does.
        """
        with self._lock, self._in_our_words():
            connection = self._of_this_process()
            sending = connection.execute(
                "SELECT owner, sent_at FROM submissions WHERE key = ? AND state = 'posting'", (key,)
            ).fetchone()
            if sending is not None:
                owner, sent_at = sending
                is_over = sent_at < time.time() - POST_DEADLINE or _is_gone(owner)
                is_over = is_over or (even_ours and owner == self._owner)
                values = (time.time(), self._owner, key, owner, sent_at)
                # That very sending: the key may have been sent anew since it was looked at.
                if not is_over or not connection.execute(_GIVING_UP, values).rowcount:
                    raise SubmissionMoved(
                        f"submission {key} is being sent just now", key=key, state="posting"
                    )
        return self.find(key)

    def durations(self, shape: str) -> list[float]:
        """The seconds that the newest tasks of this shape took, at most `REMEMBERED`, newest last."""
        newest = f"shape = ? AND seconds IS NOT NULL ORDER BY changed_at DESC LIMIT {REMEMBERED}"
        return [
            submission.seconds
            for submission in reversed(self._select(newest, shape))
            if submission.seconds is not None
        ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._is_closed = True
            self._let_go()

    def step_aside(self) -> None:
        """Let go of the file, and keep everybody from it until `step_back`: this process is about to fork."""
        self._lock.acquire()
        self._let_go()

    def step_back(self) -> None:
        """Go on, in the process that forked and in its child."""
        self._lock.release()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _select(self, where: str, *values: object) -> list[Submission]:
        with self._lock, self._in_our_words():
            asked = f"SELECT {', '.join(_COLUMNS)} FROM submissions WHERE {where}"  # noqa: S608  # `where` is ours
            rows = self._of_this_process().execute(asked, values).fetchall()
        return [self._to_submission(row) for row in rows]

    def _is_ours_or_gone(self, owner: str) -> bool:
        return owner == self._owner or _is_gone(owner)

    def _to_row(self, submission: Submission) -> dict[str, Any]:
        row = {name: _storable(getattr(submission, name)) for name in _COLUMNS}
        more = {"paths": json.dumps(submission.paths), "owner": self._owner, "repeats": submission.repeats}
        return row | more

    @staticmethod
    def _to_submission(row: Iterable[Any]) -> Submission:
        values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
        values["paths"] = tuple(json.loads(values["paths"]))
        return Submission(**values)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind := _network(self.path.parent):
            raise LedgerUnusable(
                f"the ledger {self.path} lies on a network file system ({kind}), where locks fail"
            )
        # Only a file that is new: closing another descriptor of one that is open in this process drops the locks on it.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            connection = self._connect()
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            # No room for the memory that processes share. Who has the file alone needs none, and can read it.
            connection = self._connect("PRAGMA locking_mode = EXCLUSIVE")
        with suppress(OSError):  # a disk that is full says so when something is at stake
            self._hold_ballast()
        self._place = _place(self.path)
        return connection

    def _connect(self, *first: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            for statement in first:
                connection.execute(statement)
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != _APPLICATION and tables:
            raise LedgerUnusable(f"{self.path} is a database of something else, not a ledger")
        if version > _VERSION:
            raise LedgerUnusable(f"the ledger {self.path} was written by a newer apikley; update this one")
        if not tables:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    def _of_this_process(self) -> sqlite3.Connection:
        """The connection, opened anew after a fork: SQLite's must not be carried over."""
        if self._is_closed:
            raise LedgerUnusable(f"the ledger {self.path} is closed")
        if self._connection is None:
            self._owner = _owner()
            self._connection = self._open()
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _check_place(self) -> None:
        """A file that was removed or replaced takes what is written, and nobody will ever read it."""
        if _place(self.path) != self._place:
            raise LedgerUnusable(f"the ledger {self.path} was removed or replaced while it was open")

    def _hold_ballast(self) -> None:
        """Without it nothing is sent: the id of the task might find no room."""
        ballast = self._ballast()
        if ballast.exists() and ballast.stat().st_size >= _BALLAST_BYTES:
            return
        try:
            ballast.touch(mode=0o600)
            ballast.write_bytes(b"\0" * _BALLAST_BYTES)
        except OSError:
            with suppress(OSError):
                ballast.unlink()
            raise

    def _ballast(self) -> Path:
        """A file whose room is given up for a task's id when the disk is full."""
        return self.path.with_name(f"{self.path.name}.ballast")

    @contextmanager
    def _in_our_words(self) -> Generator[None]:
        """Have whatever goes wrong with the file raised as `LedgerUnusable`."""
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeError) as error:
            full = "its disk is full or fails: " if _is_full(error) else ""
            raise LedgerUnusable(f"the ledger {self.path} cannot be used: {full}{error}") from error


def default_path(environment: Mapping[str, str]) -> Path:
    """Where the command line keeps its ledger: in the user's state directory, or where `APIKLEY_LEDGER` says."""
    if named := environment.get("APIKLEY_LEDGER", ""):
        return Path(named).expanduser()
    state = environment.get("XDG_STATE_HOME") or environment.get("LOCALAPPDATA")
    return (Path(state) if state else Path.home() / ".local" / "state") / "apikley" / "ledger.sqlite3"


def _updating(state: SubmissionState) -> str:
    """The statement that takes a submission to `state`, from wherever it may come."""
    before = ", ".join(f"'{each}'" for each in predecessors(state))
    may = f"state IN ({before})"
    if state == "posting":
        may += " AND (state <> 'unknown' OR sent_at = :repeats)"
    kept = {"key"} if state == "posting" else {"key", "sent_at"}
    news = ", ".join(f"{name} = :{name}" for name in (*_COLUMNS, "owner") if name not in kept)
    return f"UPDATE submissions SET {news} WHERE key = :key AND {may}"  # noqa: S608  # both are ours


_INSERT = (
    f"INSERT INTO submissions ({', '.join(_COLUMNS)}, owner) VALUES (:{', :'.join(_COLUMNS)}, :owner)"  # noqa: S608
    " ON CONFLICT (key) DO NOTHING"
)


_GIVING_UP = (
    "UPDATE submissions SET state = 'unknown', changed_at = ?, owner = ?"
    " WHERE key = ? AND state = 'posting' AND owner = ? AND sent_at = ?"
)


def _storable(value: object) -> object:
    """What SQLite can keep: texts of the service may hold half a character."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _place(path: Path) -> tuple[int, int] | None:
    """Which file it is that bears the name; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


_ledgers: WeakSet[DurableLedger] = WeakSet()
_stepped_aside: list[DurableLedger] = []


def _let_go_at_forks(ledger: DurableLedger) -> None:
    """Have it hold no connection and no lock while this process forks: a copy in the child would harm the file."""
    _heed_forks()
    _ledgers.add(ledger)


@cache
def _heed_forks() -> None:
    """Once a process, since what is registered stays so."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _before_fork() -> None:
    for ledger in [*_ledgers]:
        ledger.step_aside()
        _stepped_aside.append(ledger)


def _after_fork() -> None:
    while _stepped_aside:
        _stepped_aside.pop().step_back()


def _owner() -> str:
    """This process, as another one on this machine may look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_gone(owner: str) -> bool:
    """Whether the process is surely no more. Nobody can tell of another machine's."""
    host, _, pid = owner.rpartition(":")
    if host != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _is_full(error: BaseException | None) -> bool:
    match error:
        case sqlite3.OperationalError():
            return any(word in str(error) for word in _NO_ROOM)
        case OSError():
            return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return False


def _network(folder: Path) -> str | None:
    """The kind of the network file system that a folder lies on; None on a disk, and where nobody can tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    mounts = [(line.split()[4], line.split(" - ")[1].split()[0]) for line in lines]
    real = folder.resolve()
    around = [
        (len(point), kind) for point, kind in mounts if real.is_relative_to(point.replace("\\040", " "))
    ]
    kind = max(around, default=(0, ""))[1]
    return kind if kind in _NETWORK else None
