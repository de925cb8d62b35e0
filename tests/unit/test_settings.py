"""Settings: where they come from, and what never shows."""

import copy
import math
import pickle
import ssl

import pytest
from attrs import fields

from apikley.errors import InvalidRequest, NotAuthenticated
from apikley.settings import DEFAULT_URL, KEY_VARIABLE, URL_VARIABLE, Timeouts, load

ENVIRONMENT = {KEY_VARIABLE: "sk-environment", URL_VARIABLE: "https://environment.test"}


def test_what_is_passed_wins_over_the_environment():
    settings = load("sk-passed", "https://passed.test", ENVIRONMENT)

    assert (settings.api_key, settings.base_url) == ("sk-passed", "https://passed.test")


def test_what_is_not_passed_comes_from_the_environment():
    settings = load(None, None, ENVIRONMENT)

    assert (settings.api_key, settings.base_url) == ("sk-environment", "https://environment.test")


@pytest.mark.parametrize("environment", [{}, {URL_VARIABLE: ""}, {URL_VARIABLE: " "}])
def test_the_address_is_the_service_s_own_by_default(environment):
    assert load("sk-passed", None, environment).base_url == DEFAULT_URL


def test_what_copying_leaves_around_a_key_is_taken_off():
    assert load(" sk-passed\n", None, {}).api_key == "sk-passed"


@pytest.mark.parametrize("environment", [{}, {KEY_VARIABLE: ""}, {KEY_VARIABLE: " \n"}])
def test_without_a_key_the_variable_is_named(environment):
    with pytest.raises(NotAuthenticated, match=KEY_VARIABLE) as caught:
        load(None, None, environment)

    assert caught.value.code == 401


def test_a_key_passed_empty_is_not_replaced_from_the_environment():
    with pytest.raises(NotAuthenticated):
        load("", None, ENVIRONMENT)


@pytest.mark.parametrize(
    "key", ["sk two words", "sk-ключ", "sk-\nheader: x", "sk-\x7f", "sk-\0", "sk-\u00a0x"]
)
def test_a_key_that_no_header_could_carry_is_refused_and_not_shown(key):
    with pytest.raises(NotAuthenticated) as caught:
        load(key, None, {})

    assert key not in str(caught.value)
    assert key not in repr(vars(caught.value))


@pytest.mark.parametrize("show", [repr, str, "{!r}".format])
def test_the_key_is_in_no_repr(show):
    assert "sk-passed" not in show(load("sk-passed", None, {}))


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://proxy.test/apikley/", "https://proxy.test/apikley"),
        ("http://127.0.0.1:8455", "http://127.0.0.1:8455"),
        (" https://proxy.test ", "https://proxy.test"),
        ("http://[::1]:8455/", "http://[::1]:8455"),
    ],
)
def test_an_address_may_have_a_path_and_a_port(given, taken):
    assert load("sk-passed", given, {}).base_url == taken


@pytest.mark.parametrize(
    "address",
    [
        "proxy.test",
        "ftp://proxy.test",
        "https://",
        "https://[::1",
        "https://a:b",
        "https://a b.test",
        "https://a:0",
        "//a",
    ],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(InvalidRequest, match="base_url") as caught:
        load("sk-passed", address, {})

    assert caught.value.parameter == "base_url"


@pytest.mark.parametrize(
    "address",
    [
        "https://me@proxy.test",
        "https://me:5ecret@proxy.test/api",
        "https://proxy.test?key=5ecret",
        "https://proxy.test/api?",
        "https://proxy.test#top",
    ],
)
def test_an_address_with_a_user_a_query_or_a_fragment_is_refused_and_not_shown(address):
    with pytest.raises(InvalidRequest, match="no user, query or fragment") as caught:
        load("sk-passed", address, {})

    assert caught.value.parameter == "base_url"
    assert "5ecret" not in f"{caught.value} {vars(caught.value)}"


def test_settings_can_be_copied():
    settings = load("sk-passed", None, {})

    assert copy.deepcopy(settings) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, -math.inf, None, "5", True])
@pytest.mark.parametrize("name", [attribute.name for attribute in fields(Timeouts)])
def test_a_timeout_that_is_none_is_refused(name, seconds):
    with pytest.raises(InvalidRequest, match=f"{name} must be a finite number of seconds above 0") as caught:
        Timeouts(**{name: seconds})

    assert caught.value.parameter == "timeouts"


@pytest.mark.parametrize("timeouts", [5, {"read": 5}, (5, 5)])
def test_what_is_no_timeouts_is_refused(timeouts):
    with pytest.raises(InvalidRequest, match="timeouts must be a Timeouts"):
        load("sk-passed", None, {}, timeouts=timeouts)


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "proxy.test:3128",
        "ftp://u:5ecret@proxy.test",
        "http://",
        "http://u:5ecret@[::1",
        "http://a:5ecret",
        7,
    ],
)
def test_a_proxy_that_is_none_is_refused_and_not_shown(proxy):
    with pytest.raises(InvalidRequest, match="proxy must be an address") as caught:
        load("sk-passed", None, {}, proxy=proxy)

    assert caught.value.parameter == "proxy"
    assert caught.value.__suppress_context__
    assert "5ecret" not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:3128", "https://me:pass@proxy.test", "http://[::1]:1"])
def test_a_proxy_is_taken_as_it_is_and_in_no_repr(proxy):
    settings = load("sk-passed", None, {}, proxy=proxy)

    assert settings.proxy == proxy
    assert proxy not in repr(settings)


def test_a_proxy_of_another_kind_names_what_it_needs():
    with pytest.raises(InvalidRequest, match=r"httpx\[socks\]"):
        load("sk-passed", None, {}, proxy="socks5://127.0.0.1:1080")


@pytest.mark.parametrize("verify", [True, False, 7, b"ca.pem"])
def test_the_check_of_certificates_cannot_be_switched_off_by_a_word(verify):
    with pytest.raises(InvalidRequest, match="verify must be") as caught:
        load("sk-passed", None, {}, verify=verify)

    assert caught.value.parameter == "verify"


def test_certificates_that_cannot_be_read_are_told_at_once(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for name in ("none.pem", "empty.pem"):
        with pytest.raises(InvalidRequest, match=f"no certificates can be read from .*{name}"):
            load("sk-passed", None, {}, verify=tmp_path / name)


def test_a_folder_of_certificates_will_do(tmp_path):
    assert isinstance(load("sk-passed", None, {}, verify=tmp_path).certificates, ssl.SSLContext)
