"""What a recording says of each check: the same while it is made and whenever it is read again."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve

from apikley import pictures as kinds
from apikley.contract import judging, plan, rows
from apikley.contract.answers import (
    SAME,
    credits_consumed,
    credits_left,
    final_states,
    is_refused,
    result_links,
    state_of,
    task_id_of,
    to_target,
)
from apikley.contract.document import Document
from apikley.contract.exchanges import Exchange
from apikley.contract.judging import Judge, Judgement
from apikley.contract.reading import reading
from apikley.contract.recording import Recording
from apikley.contract.rows import Row
from apikley.contract.schemas import Fault
from apikley.contract.verdicts import Trouble, Verdict
from apikley.errors import ApikleyError, RateLimited, RequestRefused, ServiceUnavailable
from apikley.problems import problem
from apikley.submitting import created_nothing

_CREDITS_SHORT = frozenset({402, 433})


class Checker:
    """Gives verdicts on recordings, by one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._judge = Judge(document)
        self._rows = {row.name: row for row in rows.free(document)}
        self._special: Mapping[str, Callable[[Recording, Sequence[Exchange]], Verdict]] = {
            **dict.fromkeys((*plan.UPLOADS, plan.PAID_UPLOAD, plan.PAID_LINK), self._accepted),
            **dict.fromkeys(plan.FUZZ, self._made_up),
            plan.WATCHED: self._watched,
            plan.UNCHARGED: self._uncharged,
            plan.PAID_CREATE: self._created,
            plan.PAID_POLL: self._followed,
            plan.PAID_RESULT: self._result,
            plan.PAID_CREDITS: self._charged,
        }

    def verdicts(self, recording: Recording) -> Iterator[Verdict]:
        """Those on all checks, or on every single exchange where some other program made them."""
        if recording.is_ours:
            yield from (self.verdict(recording, name) for name in recording.planned)
        for number, exchange in enumerate(recording.exchanges, 1):
            if exchange.check not in recording.planned:
                yield self._by_itself(recording, exchange, f"exchange-{number}")

    def verdict(self, recording: Recording, name: str) -> Verdict:
        """The verdict on one check."""
        exchanges = recording.of(name)
        asks = self._rows[name].asks if name in self._rows else plan.ASKS.get(name, name)
        if not exchanges:
            reason = recording.skipped.get(name, "the run ended before it")
            trouble: Trouble | None = (
                "credits" if name == plan.PAID_CREATE and _is_too_poor(recording) else None
            )
            return Verdict(name=name, asks=asks, outcome="skipped", reason=reason, trouble=trouble)
        if name in self._rows:
            verdict = self._row(recording, self._rows[name], exchanges[0])
        elif name in self._special:
            verdict = self._special[name](recording, exchanges)
        else:
            verdict = self._by_itself(recording, exchanges[0], name)
        return evolve(
            verdict, name=name, asks=asks, seconds=round(sum(each.seconds for each in exchanges), 3)
        )

    def _row(self, recording: Recording, row: Row, exchange: Exchange) -> Verdict:
        is_first = row.name == next(iter(self._rows))
        if is_first and exchange.code == 401:
            reason = "the service does not take the key"
            return _verdict(exchange, outcome="unanswered", trouble="key", reason=reason)
        if (unanswered := _unanswered(exchange, row.codes)) is not None:
            return unanswered
        judgement = self._judged(recording, exchange)
        faults = [*_code_faults(exchange, row.codes), *(judgement.faults if row.is_said else ())]
        if row.creates and exchange.code == 200:
            faults.insert(
                0, Fault("accepted", "", "a task may have been made of a request that asks for none")
            )
        verdict = self._found(exchange, judgement, faults)
        return evolve(verdict, task_id=task_id_of(exchange) if row.creates else None)

    def _accepted(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """A request that the document allows."""
        exchange = exchanges[0]
        if (unanswered := _unanswered(exchange, rows.OK)) is not None:
            return unanswered
        judgement = self._judged(recording, exchange)
        return self._found(exchange, judgement, [*_code_faults(exchange, rows.OK), *judgement.faults])

    def _made_up(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """Several made-up requests: the first one that went wrong stands for all."""
        found = [self._by_itself(recording, exchange, "") for exchange in exchanges]
        worst = next((each for each in found if each.outcome == "failed"), None)
        worst = worst or next((each for each in found if each.outcome == "unanswered"), found[0])
        news = {(fault.rule, fault.pointer): fault for each in found for fault in each.news}
        return evolve(worst, news=tuple(news.values()))

    def _watched(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """The credits after each free request to createTask: the one that cost something is named."""
        verdict, first = self._made_up(recording, exchanges), next(iter(self._rows))
        asked: str | None = None
        left: float | None = None
        for exchange in recording.exchanges:
            if exchange.check != plan.WATCHED:
                asked = exchange.check
                left = credits_left(exchange) if asked == first else left
                continue
            now = credits_left(exchange)
            if left is not None and now is not None and left - now > SAME:
                says = f"{left:g} credits became {now:g} after {asked}, unless somebody else used the account"
                return _failed(
                    verdict, Fault("charged", "/data", says), means="what should be free costs credits"
                )
            left = now
        return verdict

    def _uncharged(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """The credits before and after all that is free."""
        verdict = self._accepted(recording, exchanges)
        first = next((credits_left(each) for each in recording.of("credits")), None)
        last = credits_left(exchanges[-1])
        if verdict.outcome == "passed" and first is not None and last is not None and first - last > SAME:
            says = f"{first:g} credits became {last:g}, unless somebody else used the account meanwhile"
            return _failed(
                verdict,
                Fault("charged", "/data", says),
                means="requests that are free by the document cost credits",
            )
        return verdict

    def _created(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """The one createTask that is paid. Whatever is no clear no, to the client too, may have made a task."""
        exchange = exchanges[0]
        task_id, code = task_id_of(exchange), exchange.code
        if exchange.error and not exchange.maybe_sent:
            return _verdict(exchange, outcome="unanswered", trouble="network", reason=exchange.error)
        if code is None or (code >= 500 and task_id is None):
            reason = (
                f"{exchange.error or 'the answer says neither yes nor no'}: the task may exist and be billed"
            )
            return _verdict(
                exchange,
                outcome="unanswered",
                trouble="doubt",
                reason=f"{reason}; it was not asked for again",
            )
        if code in _CREDITS_SHORT and task_id is None:
            return _verdict(
                exchange, outcome="unanswered", trouble="credits", reason=f"credits are short (code {code})"
            )
        verdict = evolve(self._accepted(recording, exchanges), task_id=task_id)
        if task_id is None and not _is_clear_no(exchange):
            reason = "no task is named and none is clearly refused: it may exist and be billed"
            return evolve(verdict, trouble="doubt", reason=reason)
        return verdict

    def _followed(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """All answers about the task, of which the last ones say how it ended."""
        success, failure = final_states(self._document)
        task_id = next((task_id_of(each) for each in recording.of(plan.PAID_CREATE)), None)
        faults: list[Fault] = []
        judgements = [self._judged(recording, each) for each in exchanges]
        for exchange, judgement in zip(exchanges, judgements, strict=True):
            if exchange.is_answered and exchange.code not in judging.TRANSIENT:
                faults += [fault for fault in judgement.faults if fault not in faults]
        last = exchanges[-1]
        if state_of(last) == success:
            faults += _result_faults(last)
        worst = next(
            (each for each, judgement in zip(exchanges, judgements, strict=True) if judgement.faults), last
        )
        verdict = evolve(self._found(worst, judgements[exchanges.index(worst)], faults), task_id=task_id)
        if verdict.outcome == "failed" or state_of(last) == success:
            return verdict
        if state_of(last) == failure:
            reason = "the task failed, so its success could not be looked at"
            return evolve(verdict, outcome="unanswered", trouble="task-failed", reason=reason)
        if is_refused(last) and last.code not in judging.TRANSIENT:
            return self._found(last, judgements[-1], [*_code_faults(last, rows.OK)])
        reason = "the task still runs" if last.is_answered else f"no answer came: {last.error}"
        trouble: Trouble = "task-runs" if last.is_answered else "network"
        return evolve(verdict, outcome="unanswered", trouble=trouble, reason=reason)

    def _result(self, _: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """What the link leads to. No key is sent there."""
        exchange = exchanges[0]
        if (unanswered := _unanswered(exchange, rows.OK)) is not None and exchange.status != 200:
            return unanswered
        faults: list[Fault] = []
        if exchange.status != 200:
            faults.append(Fault("status", "", f"HTTP {exchange.status} instead of the picture"))
        elif kinds.media_type(exchange.body[: kinds.HEAD_LENGTH]) is None:
            faults.append(Fault("picture", "", "what came is neither png nor jpeg nor webp"))
        means = "what was paid for cannot be fetched"
        return _failed(_verdict(exchange), *faults, means=means) if faults else _verdict(exchange)

    def _charged(self, recording: Recording, exchanges: Sequence[Exchange]) -> Verdict:
        """The credits before and after the task, against what the service says that it cost."""
        verdict = self._accepted(recording, exchanges)
        before = next((credits_left(each) for each in reversed(recording.of(plan.UNCHARGED))), None)
        after = credits_left(exchanges[-1])
        if verdict.outcome != "passed" or before is None or after is None:
            return verdict
        paid = before - after
        polls = recording.of(plan.PAID_POLL)
        said = credits_consumed(polls[-1]) if polls else None
        other = "; others may have used the account meanwhile"
        if said is not None and not math.isclose(paid, said, abs_tol=SAME):
            says = f"{paid:g} credits are gone where creditsConsumed says {said:g}{other}"
            return _failed(
                verdict,
                Fault("price", "/data", says),
                means="what a task costs cannot be told from its record",
            )
        if recording.budget is not None and paid > recording.budget + SAME:
            says = f"{paid:g} credits are gone, more than the budget of {recording.budget:g}{other}"
            return _failed(
                verdict, Fault("budget", "/data", says), means="a task costs more than the document says"
            )
        return evolve(verdict, came=f"{paid:g} credits paid, {after:g} left")

    def _judged(self, recording: Recording, exchange: Exchange) -> Judgement:
        """As the document says; that it has no such operation is a fault, as when a newer one judges a recording."""
        judgement = self._judge.judge(exchange, recording.base_url)
        if judgement.operation is not None:
            return judgement
        says = f"the document has no {exchange.method} {judging.path_of(exchange.url, recording.base_url)}"
        return evolve(judgement, faults=(Fault("operation", "", says),))

    def _by_itself(self, recording: Recording, exchange: Exchange, name: str) -> Verdict:
        """An exchange of which only the document says how it should be."""
        asks = judging.line(exchange)
        if not exchange.is_answered or exchange.lacks_body:
            reason = exchange.error or ("no body" if exchange.lacks_body else "no answer") + " was recorded"
            trouble = "network" if recording.is_ours else None
            outcome = "unanswered" if recording.is_ours else "skipped"
            return _verdict(exchange, name=name, asks=asks, outcome=outcome, trouble=trouble, reason=reason)
        judgement = self._judge.judge(exchange, recording.base_url)
        if judgement.operation is None:
            reason = "the document has no such operation"
            return _verdict(exchange, name=name, asks=asks, outcome="skipped", reason=reason)
        if recording.is_ours and (unanswered := _unanswered(exchange, rows.OK)) is not None:
            return evolve(unanswered, name=name, asks=asks)
        faults = [*judgement.faults]
        if exchange.code == 200 and judgement.asked_wrong and exchange.method != "HEAD":
            wrong = judgement.asked_wrong[0]
            faults.append(
                Fault("accepted", "", f"though the request is wrong at {wrong.pointer or '/'}: {wrong.says}")
            )
        return evolve(self._found(exchange, judgement, faults), name=name, asks=asks)

    def _found(self, exchange: Exchange, judgement: Judgement, faults: Sequence[Fault]) -> Verdict:
        verdict = _verdict(exchange, news=judgement.news)
        if not faults:
            return verdict
        read = reading(judgement.operation, exchange) if judgement.operation else ""
        return _failed(verdict, *faults, means=f"the client reads it as {read}" if read else "")


def needs_stop(row: Row, exchange: Exchange) -> str | None:
    """Why no more createTask may be sent after this answer; None after a clear no.

    Anything else may have left a task behind, of which one is enough. A 500 is a clear no only in the words of
    one, as for the client.
    """
    if not row.creates or (exchange.error and not exchange.maybe_sent):
        return None
    if row.request.method == "GET" and exchange.status in rows.NO_METHOD:  # by a proxy's page as well
        return None
    if exchange.code == 200:
        return f"the service took the request {row.name}, from which no task should be made"
    no = _problem(exchange)
    is_busy = isinstance(no, RateLimited | ServiceUnavailable)
    is_page = isinstance(no, RequestRefused) and no.is_page
    if _is_clear_no(exchange) and not is_busy and not is_page:
        return None
    return f"nobody knows what the service made of the request {row.name}"


def _is_clear_no(exchange: Exchange) -> bool:
    """Whether the client would take it that no task was made."""
    no = _problem(exchange)
    return no is not None and created_nothing(no)


def _problem(exchange: Exchange) -> ApikleyError | None:
    """The error that the client makes of the answer, if there is one."""
    headers = {name.lower(): value for name, value in exchange.response_headers}
    return problem(exchange.status, headers, exchange.body) if exchange.is_answered else None


def _is_too_poor(recording: Recording) -> bool:
    """Whether the account cannot pay, or does not say whether it can."""
    asked = next(iter(recording.of(plan.UNCHARGED)), None)
    if asked is None or asked.code != 200 or recording.price is None:
        return False
    left = credits_left(asked)
    return left is None or left < recording.price


def _verdict(exchange: Exchange, **said: object) -> Verdict:
    facts = {"name": "", "asks": "", "outcome": "passed"} | said
    return Verdict(asked=judging.line(exchange), came=judging.came(exchange), **facts)  # type: ignore[arg-type]


def _failed(verdict: Verdict, *faults: Fault, means: str) -> Verdict:
    return evolve(verdict, outcome="failed", faults=(*verdict.faults, *faults), means=means)


def _unanswered(exchange: Exchange, codes: frozenset[int]) -> Verdict | None:
    """The verdict where nothing came that says yes or no to the request."""
    if exchange.error or exchange.lacks_body or not exchange.status:
        reason = exchange.error or "no answer was recorded"
        return _verdict(exchange, outcome="unanswered", trouble="network", reason=reason)
    code = exchange.code
    if code in judging.TRANSIENT and code not in codes:
        reason = f"the service had no time for it (code {code})"
        return _verdict(exchange, outcome="unanswered", trouble="network", reason=reason)
    return None


def _code_faults(exchange: Exchange, codes: frozenset[int]) -> Iterator[Fault]:
    if exchange.code not in codes:
        wanted = "any code from 400 to 499" if len(codes) > 50 else " or ".join(map(str, sorted(codes)))
        yield Fault("code", "", f"code {exchange.code} instead of {wanted}")


def _result_faults(exchange: Exchange) -> Iterator[Fault]:
    """What a task that has ended well lacks."""
    links = result_links(exchange)
    if not links:
        yield Fault("result", "/data/resultJson", "no links, though the task has ended well")
    elif any(not link.startswith("data:") and to_target(link) is None for link in links):
        yield Fault("result", "/data/resultJson", "a link that is none")
    if task_id_of(exchange) is None:
        yield Fault("required", "/data/taskId", "the record does not say which task it is of")
