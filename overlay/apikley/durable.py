"""The ledger that outlives its process: one SQLite file, which several processes may share.

Every step is one statement that only succeeds from a state it may be taken from, committed to the disk before it
returns (WAL, `synchronous=FULL`). So a process may be killed at any instant: what it was doing is in the file.
"""

import json
import os
import socket
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

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
_COLUMNS = tuple(name for name in (each.name for each in fields(Submission)) if name != "age")


class DurableLedger:
    """A ledger in a file, made if there is none. Prompts are in it: only its owner may read it."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = RLock()
        self._owner = _owner()
        self._pid = os.getpid()
        with self._telling():
            self._connection = self._open()

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
        with self._lock, self._telling():
            connection = self._of_this_process()
            row = self._to_row(evolve(submission, changed_at=now, sent_at=now))
            if submission.state in FIRST and connection.execute(_INSERT, row).rowcount:
                return
            if connection.execute(_updating(submission.state), row).rowcount:
                return
            known = connection.execute(
                "SELECT state FROM submissions WHERE key = ?", (submission.key,)
            ).fetchone()
        check_step(known and known[0], submission)
        raise SubmissionMoved(
            f"submission {submission.key} moved meanwhile", key=submission.key, state=known[0]
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
        with self._lock, self._telling():
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
            self._connection.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _select(self, where: str, *values: object) -> list[Submission]:
        with self._lock, self._telling():
            asked = f"SELECT {', '.join(_COLUMNS)} FROM submissions WHERE {where}"  # noqa: S608  # `where` is ours
            rows = self._of_this_process().execute(asked, values).fetchall()
        return [self._to_submission(row) for row in rows]

    def _is_ours_or_gone(self, owner: str) -> bool:
        return owner == self._owner or _is_gone(owner)

    def _to_row(self, submission: Submission) -> dict[str, Any]:
        row = {name: getattr(submission, name) for name in _COLUMNS}
        return row | {"paths": json.dumps(submission.paths), "owner": self._owner}

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
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        ballast = self._ballast()
        if not ballast.exists():
            with suppress(OSError):  # a disk that is full says so when something is at stake
                ballast.touch(mode=0o600)
                ballast.write_bytes(b"\0" * _BALLAST_BYTES)
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
        """The connection; a child after a fork opens its own, since SQLite's must not be carried over."""
        if self._pid != os.getpid():
            self._pid, self._owner = os.getpid(), _owner()
            self._connection = self._open()
        return self._connection

    def _ballast(self) -> Path:
        """A file whose room is given up for a task's id when the disk is full."""
        return self.path.with_name(f"{self.path.name}.ballast")

    @contextmanager
    def _telling(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise LedgerUnusable(f"the ledger {self.path} cannot be used: {error}") from error


def default_path(environment: Mapping[str, str]) -> Path:
    """Where the command line keeps its ledger: in the user's state directory, or where `APIKLEY_LEDGER` says."""
    if named := environment.get("APIKLEY_LEDGER", ""):
        return Path(named).expanduser()
    state = environment.get("XDG_STATE_HOME") or environment.get("LOCALAPPDATA")
    return (Path(state) if state else Path.home() / ".local" / "state") / "apikley" / "ledger.sqlite3"


def _updating(state: SubmissionState) -> str:
    """The statement that takes a submission to `state`, from wherever it may come."""
    before = ", ".join(f"'{each}'" for each in predecessors(state))
    kept = {"key"} if state == "posting" else {"key", "sent_at"}
    news = ", ".join(f"{name} = :{name}" for name in (*_COLUMNS, "owner") if name not in kept)
    return f"UPDATE submissions SET {news} WHERE key = :key AND state IN ({before})"  # noqa: S608  # both are ours


_INSERT = (
    f"INSERT INTO submissions ({', '.join(_COLUMNS)}, owner) VALUES (:{', :'.join(_COLUMNS)}, :owner)"  # noqa: S608
    " ON CONFLICT (key) DO NOTHING"
)


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
    return isinstance(error, sqlite3.OperationalError) and "full" in str(error)


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
