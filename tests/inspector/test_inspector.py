"""What a developer sees of a running mock, in a real browser."""

import re
from json import dumps

import httpx
import pytest

from apikley import Apikley, ApikleyError, PollSchedule, Stage, TaskFailed
from apikley.mock import Mock, polls, running
from inspector.browser import NAMES, find_chromium
from patience import eventually
from unit.playing import PNG

if find_chromium() is None:
    pytest.skip(
        f"THE BROWSER TESTS ARE NOT RUN: none of {', '.join(NAMES)} is on the PATH. Install one (on Debian: "
        "apt-get install chromium) or name it in APIKLEY_CHROMIUM",
        allow_module_level=True,
    )

pytestmark = pytest.mark.browser

TASK = "#tasks > li"
OFTEN = PollSchedule((Stage(until=60, every=0.02),))
HOSTILE = """<img src=x onerror="window.hacked = 1; alert(1)"><script>window.hacked = 1</script> \u202eмир & </li> 🌃"""


@pytest.fixture
def apikley(url):
    with Apikley("sk-test-inspector", base_url=url, schedule=OFTEN) as apikley:
        yield apikley


def text(of):
    return f"document.querySelector({dumps(of)})?.textContent"


def create(url, **wish):
    """The answer to a create request that no client has looked at."""
    wish = {"prompt": "make it night", "image_url": "https://example.com/street.jpg"} | wish
    return httpx.post(
        f"{url}/api/v1/jobs/createTask",
        headers={"authorization": "Bearer sk-test-1"},
        json={"model": "qwen/image-edit", "input": wish},
    )


def says(of, words):
    return f"{text(of)}?.includes({dumps(words)})"


def test_an_edit_is_seen_from_its_first_state_to_its_pictures(apikley, page):
    handle = apikley.submit(PNG, "make it night", num_images=2)
    page.wait(says(f"{TASK} .id", handle.id))
    assert page.see(text(f"{TASK} .prompt")) == "make it night"
    for state in ("waiting", "queuing", "generating"):
        page.wait(f"{text(f'{TASK} .state')} === {state!r}")
        handle.fetch()
    handle.collect()
    page.wait(f"{text(f'{TASK} .state')} === 'success'")
    page.wait("document.querySelectorAll('#tasks .results img').length === 2")
    page.wait("[...document.querySelectorAll('#tasks img')].every((image) => image.naturalWidth > 0)")
    assert page.see("document.querySelectorAll('#tasks .source img').length") == 1
    assert page.see("[...document.images].every((image) => image.alt || image.closest('dialog'))")
    assert float(page.see(text(f"{TASK} .credits")).split()[0]) > 0
    assert int(page.see(text(f"{TASK} .fetches")).split()[0]) >= 4
    assert float(page.see(text("#credits"))) == apikley.credits()


def test_nothing_is_asked_of_another_origin_and_the_console_is_silent(apikley, page, url):
    apikley.edit(PNG, "make it night")
    apikley.submit("https://example.com/street.jpg", "make it night").fetch()
    page.wait("[...document.querySelectorAll('#tasks .results img')].some((image) => image.naturalWidth > 0)")
    page.wait(says("#tasks", "elsewhere: example.com"))
    strange = {address for address in page.requested() if not address.startswith((url + "/", "data:"))}
    assert strange == set()
    assert page.complaints() == []


def test_a_picture_is_enlarged_and_turned_by_keyboard(apikley, page):
    apikley.edit(PNG, "make it night")
    page.wait("document.querySelector('#tasks .results img')?.naturalWidth")
    page.see("document.querySelector('#tasks .results button').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#viewer').open")
    assert page.see(text("#viewer-title")).startswith("Result 1 of 1")
    page.press("ArrowLeft")
    assert page.see(text("#viewer-title")).startswith("Source")
    page.wait("document.querySelector('#viewer-picture').naturalWidth")
    page.press("Escape")
    page.wait("!document.querySelector('#viewer').open")
    assert page.see("document.activeElement.matches('#tasks .results button')")


def test_a_refusal_is_shown_with_its_rule_and_where(page, url):
    create(url, prompt="x" * 5000)
    refusal = page.wait(text("#requests .refused .refusal"))
    assert refusal.startswith("refused: ")
    assert re.search(r"at /input\S*, rule \S+", refusal)
    assert page.see(text("#requests .refused .operation")) == "create_task"
    page.press("r")
    page.see("document.querySelector('[name=which][value=all]').focus()")
    page.press("ArrowRight")
    visible = "[...document.querySelectorAll('#requests tr')].filter((row) => row.checkVisibility())"
    page.wait(f"{visible}.length && {visible}.every((row) => row.matches('.refused'))")


def test_a_429_queued_by_keyboard_alone_refuses_the_next_create(page, url):
    page.see("document.querySelector('#fault').elements.what.value = 'html'")
    page.press("f")
    page.type("429")  # a select finds its option by what is typed
    page.press("Tab")
    page.type("create")
    page.press("Tab", "Tab")
    page.type("7")
    page.press("Enter")
    page.wait(says("#faults", "429 rate limited on create-task, 1 time, Retry-After 7 s"))
    answers = [create(url), create(url)]
    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [
        (429, "7"),
        (200, None),
    ]
    page.wait("!document.querySelector('#faults').children.length")
    page.wait(says("#requests .refused .refusal", "refused: a fault befalls it, rule"))


def test_a_task_is_finished_by_hand(apikley, page):
    handle = apikley.submit(PNG, "make it night")
    page.click(f"{TASK} .finish")
    page.wait(f"{text(f'{TASK} .state')} === 'success'")
    assert handle.fetch().state == "success"
    page.wait("document.querySelector('#tasks .results img')?.naturalWidth")


def test_a_task_is_failed_for_a_reason_given_and_focus_stays_with_it(apikley, page):
    handle = apikley.submit(PNG, "make it night")
    page.wait(f"document.querySelector('{TASK} .fail')")
    page.see(f"document.querySelector('{TASK} .fail').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#failing').open")
    page.press("Tab")
    page.see("document.activeElement.select()")
    page.type("no luck")
    page.press("Enter")
    page.wait(says(f"{TASK} .failure", "501: no luck"))
    with pytest.raises(TaskFailed, match="no luck"):
        handle.wait()
    assert page.see(f"document.activeElement.matches('{TASK}')")


def test_reset_asks_first(apikley, page):
    apikley.submit(PNG, "make it night")
    page.wait(f"document.querySelectorAll('{TASK}').length === 1")
    page.click("#reset")
    page.wait("document.querySelector('#resetting').open")
    page.press("Escape")
    page.wait("!document.querySelector('#resetting').open")
    assert page.see(f"document.querySelectorAll('{TASK}').length") == 1
    page.click("#reset")
    page.click("#resetting button[value=yes]")
    page.wait(f"document.querySelectorAll('{TASK}').length === 0 && {text('#tasks-empty')}")


def test_settings_take_effect_at_once(apikley, mock, page):
    page.see(
        """(() => {
            const change = (name, value) => {
                const control = document.querySelector(`aside [name=${name}]`);
                control.value = value;
                control.dispatchEvent(new Event("change", {bubbles: true}));
            };
            change("credits", 5); change("errors", "envelope"); change("ending", "fail"); change("runs", 0);
        })()"""
    )
    page.wait(f"{text('#credits')} === '5'")
    eventually(lambda: (mock.errors, mock.scenario.ending, mock.scenario.fetches) == ("envelope", "fail", 0))
    with pytest.raises(TaskFailed):
        apikley.edit("https://example.com/street.jpg", "make it night")


def test_the_clock_is_advanced(mock, page):
    before = page.wait(text("#now"))
    page.see("document.querySelector('#clock [name=advance]').value = 86400 * 2")
    page.click("#clock button")
    page.wait(f"Date.parse({text('#now')}) - Date.parse({before!r}) > 86400e3")


def test_a_hostile_prompt_is_text_and_runs_nothing(apikley, page):
    apikley.edit(PNG, HOSTILE)
    page.wait(says(f"{TASK} .prompt", HOSTILE))
    page.click("#tasks .results button")
    page.wait(f"{text('#viewer-prompt')} === {dumps(HOSTILE)}")
    assert page.see("window.hacked === undefined && document.scripts.length === 1")
    assert page.complaints() == []


def test_focus_and_selection_outlast_what_is_new(apikley, page):
    first = apikley.submit(PNG, "make it night")
    page.wait(f"document.querySelector('{TASK} .finish')")
    page.see(f"window.focused = document.querySelector('{TASK} .finish'); focused.focus()")
    page.see(f"getSelection().selectAllChildren(document.querySelector('{TASK} .id'))")
    page.see(f"document.querySelector('{TASK} .finish').focus()")
    apikley.submit(PNG, "make it day")
    first.fetch()
    page.wait(f"document.querySelectorAll('{TASK}').length === 2")
    assert page.see("document.activeElement === window.focused && focused.isConnected")
    assert page.see("getSelection().toString()") == first.id


def test_whoever_has_no_task_yet_is_taught_how_to_make_one(page, url):
    for lines in ("#python", "#curl", "#export"):
        assert url in page.see(text(lines))


def test_the_python_lines_to_try_can_be_run(page, mock, tmp_path, monkeypatch):
    mock.scenario = polls(0)
    lines = page.see(text("#python"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(PNG)
    exec(compile(lines, "the inspector page", "exec"), {})
    assert (tmp_path / "night.png").exists()


def test_dark_and_light_differ(page):
    light = page.screenshot()
    page.prefer("dark")
    assert page.screenshot() != light
    assert "color-scheme" not in page.see("document.documentElement.outerHTML.match(/<html[^>]*>/)[0]")


def test_no_window_is_too_narrow(apikley, page):
    with pytest.raises(ApikleyError):
        apikley.task("x" * 200).fetch()
    apikley.submit(PNG, "unbreakable" * 60)
    page.click("#tasks summary")
    page.wait("document.querySelector('#tasks details').open")
    boxes = "[document.documentElement, ...document.querySelectorAll('section, header')]"
    for width in (320, 700, 1000, 1400):
        page.resize(width, 700)
        wide = page.see(f"{boxes}.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.id)")
        assert (width, wide) == (width, [])


def test_every_control_has_a_name(apikley, page):
    apikley.submit(PNG, "make it night")
    page.wait(f"document.querySelector('{TASK} .finish')")
    page.send("Accessibility.enable")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "combobox", "spinbutton", "radio", "checkbox", "textbox", "image", "region", "link")
    met = [node for node in nodes if not node["ignored"] and node["role"]["value"] in roles]
    assert len(met) > 20
    assert [node["role"]["value"] for node in met if not node.get("name", {}).get("value")] == []


def test_a_hidden_page_asks_nothing(page, url):
    page.see(
        """Object.defineProperty(document, "hidden", {get: () => window.away ?? true});
        document.dispatchEvent(new Event("visibilitychange"))"""
    )
    page.wait("document.querySelector('#connection').textContent === 'paused'")
    before = len(page.events("Network.requestWillBeSent"))
    page.see("new Promise((resolve) => setTimeout(resolve, 3000))")  # as the page counts
    assert len(page.events("Network.requestWillBeSent")) == before
    page.see("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait("document.querySelector('#connection').textContent === 'live'")


def test_the_page_tells_that_the_mock_has_stopped_and_goes_on_with_the_next(tab):
    with running(Mock()) as url:
        tab.open(url + "/")
        tab.wait("document.querySelector('#connection')?.textContent === 'live'")
    tab.wait("document.querySelector('#stopped').checkVisibility()")
    assert url in tab.see(text("#stopped"))
    with running(Mock(credits=3), port=int(url.rpartition(":")[2])):
        tab.wait("!document.querySelector('#stopped').checkVisibility()")
        tab.wait(f"{text('#credits')} === '3'")


def test_what_the_page_looks_at_is_no_request_of_the_developers(apikley, mock, page):
    apikley.edit(PNG, "make it night")
    asked = len(mock.requests)
    mock.fail_next("expired-result")
    page.wait("document.querySelector('#tasks .results img')?.naturalWidth")
    assert len(mock.requests) == asked
    assert [fault.what for fault in mock.faults] == ["expired-result"]
