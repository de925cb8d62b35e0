"""Faults that somebody could make in the mock."""

from mutating.defects import Defect

_HOME = "overlay/apikley/mock"
_TABLES = ("tests/contract/verdicts",)
_SERVER = (
    *_TABLES,
    "tests/contract/server/test_pictures.py",
    "tests/contract/server/test_state_machine.py",
    "tests/contract/server/test_mock_conforms.py",
)


def _in(module: str, name: str, find: str, replace: str, *tests: str, reason: str | None = None) -> Defect:
    return Defect(f"mock: {name}", f"{_HOME}/{module}.py", find, replace, tests or _SERVER, reason)


MOCK_DEFECTS = (
    # What a request may be.
    _in("checks", "any key is taken", "if standing is None and not any_key and (", "if False and ("),
    _in("checks", "a key is not asked for", "if not operation.needs_key:", "if True:"),
    _in(
        "checks",
        "any scheme is taken",
        'if scheme.lower() != "bearer" or not key.strip():',
        "if not key.strip():",
    ),
    _in("checks", "any media type is taken", "if media_type == named:", "if True:"),
    _in(
        "checks",
        "a body is not checked",
        "    if shape:\n        _check(shape, body.values)",
        "    if False:\n        pass",
    ),
    _in("checks", "a query is not checked", "        _check(operation.parameters, parameters)\n", "\n"),
    _in(
        "checks",
        "what is wrong comes before what is missing",
        'error.kind.name != "required"',
        'error.kind.name == "required"',
        reason="which of two faults of a request is told is nowhere said",
    ),
    _in("checks", "a missing field is invalid", 'cause = "required" if', 'cause = "invalid" if'),
    _in(
        "checks",
        "an operation's own words are not used",
        "nearest = field.refusals.get(cause) if field else None",
        "nearest = None",
    ),
    _in("schemas", "formats are not checked", "validate_formats=True", "validate_formats=False"),
    _in("schemas", "null is allowed nowhere", 'schema["type"] = [kind, "null"]', "pass"),
    _in(
        "bodies",
        "JSON that breaks off brings the mock down",
        "except orjson.JSONDecodeError as error",
        "except KeyError as error",
    ),
    _in(
        "bodies",
        "the first parameter counts",
        "dict(parse_qsl(query, keep_blank_values=True))",
        "dict(reversed(parse_qsl(query, keep_blank_values=True)))",
        reason="which of two parameters of one name counts is nowhere said",
    ),
    _in(
        "bodies",
        "an empty parameter is none",
        "keep_blank_values=True",
        "keep_blank_values=False",
        reason="an empty task id and none are refused in the same words",
    ),
    _in(
        "bodies",
        "texts count as files",
        "parts if part.is_file and part.name in wanted",
        "parts if part.name in wanted",
    ),
    _in(
        "shapes",
        "a closed list is looked at nowhere",
        "if value_at(value, pointer) not in allowed:",
        "if False:",
        "tests/mock/test_models.py",
    ),
    # What an answer is.
    _in(
        "replies",
        "a refusal comes with status 200 always",
        'status = words.code if sent_as == "status" else 200',
        "status = 200",
    ),
    _in(
        "replies",
        "a refusal comes by status always",
        'status = words.code if sent_as == "status" else 200',
        "status = words.code",
    ),
    _in(
        "replies",
        "code and status differ",
        'form.filled({"code": words.code,',
        'form.filled({"code": words.code + 1,',
    ),
    _in(
        "replies",
        "a wrong route comes in an envelope",
        '_ALWAYS_STATUS = frozenset({"route-unknown", "method-unknown"})',
        "_ALWAYS_STATUS = frozenset[str]()",
    ),
    _in(
        "replies",
        "the content type is wrong",
        'return to_reply(orjson.dumps(value), "application/json", status, more)',
        'return to_reply(orjson.dumps(value), "text/html", status, more)',
    ),
    _in(
        "replies",
        "a refusal is a page",
        'return Reply(status, _headers(body, "application/json", more), body, words.code, refusal)',
        'return Reply(status, _headers(body, "text/html", more), body, words.code, refusal)',
    ),
    _in(
        "replies",
        "the length is wrong",
        '("content-length", str(len(body)))',
        '("content-length", str(len(body) + 1))',
    ),
    _in("replies", "no method is named as allowed", '        ("allow", refused.allow),\n', ""),
    _in("replies", "no rule is named", '("x-mock-rule", quote(refused.rule, safe=" /#:()\'")),', ""),
    _in(
        "replies",
        "HEAD has a body",
        'return evolve(self, body=b"", cut=None)',
        "return evolve(self, cut=None)",
    ),
    # What it does.
    _in(
        "deeds", "a task is lost", "service.tasks.put_unseen(task_id, make, _TEXTS * order.body.size)", "pass"
    ),
    _in("deeds", "credits are not charged", "service.credits = round(service.credits - price, 6)", "pass"),
    _in(
        "deeds",
        "credits are charged twice",
        "round(service.credits - price, 6)",
        "round(service.credits - 2 * price, 6)",
    ),
    _in(
        "deeds",
        "who is poor gets a task",
        "if order.standing or price > service.credits:",
        "if order.standing:",
    ),
    _in(
        "deeds",
        "a poor key gets a task",
        "if order.standing or price > service.credits:",
        "if price > service.credits:",
    ),
    _in(
        "deeds",
        "the last credit cannot be spent",
        "price > service.credits",
        "price >= service.credits",
        "tests/contract/verdicts",
        "tests/mock/test_lifecycle.py",
    ),
    _in(
        "deeds",
        "another task's record is told",
        'service.tasks.get(order.text("task-id") or "")',
        "next(iter(service.tasks), None)",
    ),
    _in(
        "deeds",
        "what was fetched is forgotten",
        "    service.put(task)\n    if was_unknown",
        "    if was_unknown",
    ),
    _in(
        "deeds",
        "an unknown task is found all the same",
        '    if was_unknown:\n        raise Refused("task-unknown")\n',
        "",
    ),
    _in(
        "deeds",
        "a foreign link is signed",
        "if place is None or not service.holds(place):",
        "if place is None:",
    ),
    _in(
        "deeds",
        "a link is signed for longer",
        "service.clock() + lifetime.number",
        "service.clock() + 60 * lifetime.number",
    ),
    _in(
        "deeds",
        "a poor key has credits",
        '0 if order.standing == "credits-short" else service.credits',
        "service.credits",
        reason="what is on the account of a key that the mock calls poor is the mock's own affair",
    ),
    _in(
        "deeds", "an upload loses its folder", 'path = f"{folder}/{name}" if folder else name', "path = name"
    ),
    _in("deeds", "the size of an upload is wrong", '"size": len(file.data),', '"size": len(file.data) + 1,'),
    _in("deeds", "Base64 is not checked", "base64.b64decode(text, validate=True)", "base64.b64decode(text)"),
    _in("deeds", "a data URL is not understood", 'if text.startswith("data:"):', "if False:"),
    # How tasks go.
    _in(
        "tasks",
        "a task goes backwards",
        "if stage <= self.stage:",
        "if stage == self.stage:",
        *_SERVER,
        "tests/mock/test_lifecycle.py",
    ),
    _in("tasks", "a task never ends", "return self.stage == self.stages", "return self.stage > self.stages"),
    _in(
        "tasks",
        "ids come twice",
        "                return task_id\n",
        "                return self._numbering.id(number // 2)\n",
    ),
    _in("tasks", "ids are of another form", 'return f"{self.before}{digits', 'return f"{digits'),
    _in(
        "tasks",
        "a fetch does not count",
        "return self._at(now, self.fetches + 1)",
        "return self._at(now, self.fetches)",
    ),
    _in(
        "scenario",
        "a task ends one fetch too early",
        "fetches * stages // self.fetches",
        "(fetches + 1) * stages // self.fetches",
        *_TABLES,
        "tests/mock/test_lifecycle.py",
    ),
    _in(
        "records",
        "success and failure change places",
        "return lifecycle.success if task.succeeded else lifecycle.failure",
        "return lifecycle.failure if task.succeeded else lifecycle.success",
    ),
    _in(
        "records",
        "a running task has an end",
        '{**_NOTHING, "completed-milliseconds": None}',
        '{**_NOTHING, "completed-milliseconds": 1}',
    ),
    _in("records", "times are seconds", "return round(moment * 1000)", "return round(moment)"),
    _in("records", "a failure has no code", '"failure-code": str(task.failure.code),', '"failure-code": "",'),
    _in(
        "records",
        "a failure's code is a number",
        '"failure-code": str(task.failure.code),',
        '"failure-code": task.failure.code,',
    ),
    _in("records", "a picture is missing", "range(1, task.wish.count + 1)]", "range(1, task.wish.count)]"),
    _in(
        "records", "results lie elsewhere", 'Place("results", f"{task.id}/', 'Place("results", f"x{task.id}/'
    ),
    _in("wishes", "pictures are counted once", "return one * count(order) if", "return one if"),
    _in(
        "wishes",
        "the prompt is not kept",
        "inner = to_object({field.pointer: orjson.dumps(value_at(values, field.pointer)).decode()})",
        'inner = to_object({field.pointer: "{}"})',
    ),
    _in("wishes", "a failure succeeds", 'if scenario.ending != "fail" or scenario.failure:', "if True:"),
    _in("wishes", "any file is taken for a picture", "file.media_type not in accepted", "False"),
    _in("wishes", "a picture may be of any size", "len(file.data) > maximum", "False"),
    # Time, rates and callbacks.
    _in(
        "rates",
        "the limit is one less",
        "return len(accepted) >= rate.requests",
        "return len(accepted) + 1 >= rate.requests",
    ),
    _in(
        "rates",
        "the limit is one more",
        "return len(accepted) >= rate.requests",
        "return len(accepted) > rate.requests",
    ),
    _in(
        "rates",
        "time heals nothing",
        "now - rate.seconds < accepted[0]",
        "now - 10 * rate.seconds < accepted[0]",
    ),
    _in(
        "rates",
        "all keys share all limits",
        'return f"account {account}" if rate.per == "account" else f"key {key}"',
        'return f"account {account}"',
    ),
    _in(
        "rates",
        "no keys share any limit",
        'return f"account {account}" if rate.per == "account" else f"key {key}"',
        'return f"key {key}"',
    ),
    _in(
        "answering",
        "what is refused uses up the limit",
        "order = checks.accepted(operation, variables, request, who)",
        "service.calls.count(who.account, who.key, operation.does, service.clock())\n"
        "    order = checks.accepted(operation, variables, request, who)",
        "tests/mock/test_rate.py",
    ),
    _in(
        "links",
        "a link never expires",
        "return not is_right or not expires.isdecimal() or now >= int(expires)",
        "return not is_right",
    ),
    _in(
        "links",
        "a signature is not looked at",
        "return not is_right or not",
        "return not",
        "tests/contract/verdicts",
        "tests/mock/test_files.py",
    ),
    _in(
        "service",
        "results live for ever",
        "return result is not None and now >= result.task.updated_at + lifetime",
        "return False",
    ),
    _in(
        "service",
        "uploads live for ever",
        "return held is not None and now >= self.files.stored_at(place.path) + lifetime",
        "return False",
    ),
    _in(
        "service",
        "a callback is told at the beginning",
        "elif task.has_ended and not before.has_ended:",
        "else:",
    ),
    _in("service", "a callback is told twice", '{"once": 1,', '{"once": 2,'),
    _in("service", "a callback is never told", '{"once": 1,', '{"once": 0,'),
    _in(
        "deliveries",
        "callbacks are unsigned",
        "return evolve(delivery, headers=(*_HEADERS, *proof))",
        "return delivery",
    ),
    _in(
        "deliveries",
        "the signature covers the id alone",
        'f"{task_id}.{timestamp}".encode()',
        "task_id.encode()",
    ),
    _in("deliveries", "a callback tells milliseconds", "duration // 1000 if", "duration if"),
    _in(
        "deliveries",
        "a failure is told with code 200",
        "callback.failure_code if task.failure else callback.success_code",
        "callback.success_code",
    ),
    _in(
        "service",
        "a callback goes elsewhere",
        "task.id, task.callback, letter",
        "task.id, task.source, letter",
    ),
    # Faults.
    _in(
        "faults",
        "a fault comes for ever",
        "left = [evolve(fault, times=fault.times - 1)] if fault.times > 1 else []",
        "left = [fault]",
        *_SERVER,
        "tests/mock/test_faults.py",
    ),
    _in(
        "faults",
        "a refusal comes after the deed",
        "return isinstance(self.what, int) or self.what in _BEFORE",
        "return self.what in _BEFORE",
    ),
    _in(
        "spoiling",
        "Retry-After is not told",
        "    if seconds is None:\n        return ()",
        "    return ()",
        "tests/mock/test_faults.py",
    ),
    _in(
        "spoiling",
        "an answer is not cut",
        "reply = evolve(reply, cut=len(reply.body) // 2)",
        "pass",
        "tests/mock/test_faults.py",
    ),
    # The door on a port.
    _in(
        "atonce",
        "what comes after the last request is obeyed",
        "if self.transport.is_closing():  # what",
        "if False:  # what",
        "tests/mock/test_atonce.py",
    ),
    _in(
        "atonce",
        "a later request is answered before an earlier one",
        "if self.cycle is not None and not self.cycle.response_complete:",
        "if False:",
        "tests/mock/test_atonce.py",
    ),
    _in(
        "atonce",
        "a connection is closed though it does not rest",
        "        if left > 0:",
        "        if False:",
        "tests/mock/test_atonce.py",
    ),
    _in(
        "atonce",
        "who does not read is answered all the same",
        "self.flow.write_paused or ",
        "",
        "tests/mock/test_atonce.py",
    ),
    _in(
        "deeds",
        "a long upload is hashed while others wait",
        "return store if isinstance(linked, Result) or order.body.size > SHORT else store()",
        "return store if isinstance(linked, Result) else store()",
        "tests/mock/test_files.py",
    ),
    _in(
        "deeds",
        "a state is paid for tasks that it does not hold",
        "        service.credits_ahead += task.credits\n",
        "",
        "tests/mock/test_snapshots.py",
    ),
    # Words.
    _in(
        "fields",
        "a default is not read",
        'schema.get(key) for key in ("type", "format", "x-apikley-default")',
        'schema.get(key) for key in ("type", "format", "default")',
    ),
    _in("document", "links of all kinds live equally long", "yield kind, said.number", "yield kind, 86400.0"),
    _in(
        "selfcheck",
        "examples are not checked",
        'raise place.error(f"does not satisfy its schema: {error.message}")',
        "pass",
        "tests/mock/test_document.py",
    ),
    _in(
        "requests",
        "the log holds the key",
        '{**headers, "authorization": "[hidden]"} if "authorization" in headers else {**headers}',
        "{**headers}",
        "tests/mock/test_lifecycle.py",
        "tests/mock/test_keys.py",
    ),
)
