"""Keys and settings: where they come from, and that no key is ever shown."""

import os
import stat
import tomllib
from pathlib import Path

import pytest

from apikley.cli import profiles
from cli.conftest import KEY, ends, objects

OTHER = "sk-test-0ther-5ecret"


@pytest.fixture
def file(home):
    return Path(home["XDG_CONFIG_HOME"]) / "apikley" / "config.toml"


@pytest.fixture
def write(file):
    def write(text, mode=0o600):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    return write


@pytest.fixture
def keys_used(way):
    """The keys with which the API was asked."""
    return lambda: [request.headers["authorization"].removeprefix("Bearer ") for request in way.requests]


def test_a_key_is_read_from_stdin_and_kept_for_its_owners_eyes(run, file, keys_used):
    result = run("config", "set", "api_key", stdin=f"{KEY}\n")

    assert result.exit_code == 0
    assert KEY not in result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("credits").exit_code == 0
    assert keys_used() == [KEY]


def test_a_key_on_the_command_line_is_refused_and_not_repeated(run, file):
    result = run("config", "set", "api_key", KEY, stdin=f"{OTHER}\n")

    assert result.exit_code == 2
    assert KEY not in result.output
    assert not file.exists()


@pytest.mark.parametrize("key", ["", "a b", "ключ"])
def test_a_key_that_can_be_none_is_not_kept(key, run, file):
    assert run("config", "set", "api_key", stdin=f"{key}\n").exit_code in {2, 3}
    assert not file.exists()


PROFILES = f"""
profile = "studio"
[profiles.studio]
api_key = "{KEY}"
max_credits = 3
[profiles.other]
api_key = "{OTHER}"
"""


@pytest.mark.parametrize(
    ("words", "environment", "key"),
    [
        ((), {}, KEY),
        ((), {"APIKLEY_PROFILE": "other"}, OTHER),
        (("--profile", "other"), {"APIKLEY_PROFILE": "studio"}, OTHER),
        ((), {"APIKLEY_API_KEY": "sk-test-env"}, "sk-test-env"),
        ((), {"APIKLEY_API_KEY": "sk-test-env", "APIKLEY_PROFILE": "other"}, "sk-test-env"),
        (("--profile", "other"), {"APIKLEY_API_KEY": "sk-test-env"}, OTHER),
        (
            ("--profile", "other", "--api-key-file", "key.txt"),
            {"APIKLEY_API_KEY": "sk-test-env"},
            "sk-test-file",
        ),
        (("--api-key-file", "-"), {"APIKLEY_API_KEY": "sk-test-env"}, "sk-test-stdin"),
    ],
)
def test_an_option_wins_then_a_named_profile_then_the_environment_then_the_chosen_profile(
    words, environment, key, run, write, keys_used, folder
):
    write(PROFILES)
    (folder / "key.txt").write_text("sk-test-file\n")

    assert run("credits", *words, stdin="sk-test-stdin\n", **environment).exit_code == 0
    assert keys_used() == [key]


def test_a_profile_limits_what_a_task_may_cost(run, write):
    write(PROFILES)

    result = run("edit", "street.png", "night", "--image-size", "square_hd", "--json")
    ends(result, 4, "OverBudget")
    assert run("edit", "street.png", "night", "--image-size", "square").exit_code == 0


def test_what_is_in_force_is_shown_with_where_it_comes_from_and_no_key(run, write):
    write(PROFILES)

    result = run("config", "show", "--json", APIKLEY_BASE_URL="https://other.test")

    (said,) = objects(result.stdout)
    assert said["profiles"] == ["studio", "other"]
    assert said["settings"]["api_key"] == {"value": "set", "from": "profile studio"}
    assert said["settings"]["base_url"] == {"value": "https://other.test", "from": "$APIKLEY_BASE_URL"}
    assert KEY not in result.output + run("config", "show").output


def test_a_profile_that_is_not_there_is_2_with_the_near_one(run, write):
    write(PROFILES)

    assert "'studio'" in ends(run("credits", "--profile", "studo", "--json"), 2, "InvalidRequest")["message"]
    assert run("config", "use", "studo").exit_code == 2


def test_a_change_touches_its_own_line(run, write, file):
    write(
        '# mine\n[profiles.studio] # paid by them\nbase_url = "https://a.test"\n\n# theirs\n[profiles.other]\n'
    )

    run("config", "set", "max_credits", "2.5", "--profile", "studio")
    run("config", "set", "base_url", "https://b.test/x/", "--profile", "studio")
    run("config", "set", "timeout", "60", "--profile", "other")
    run("config", "use", "other")

    assert file.read_text(encoding="utf-8") == (
        'profile = "other"\n\n# mine\n[profiles.studio] # paid by them\nmax_credits = 2.5\n'
        'base_url = "https://b.test/x"\n\n# theirs\n[profiles.other]\ntimeout = 60\n'
    )


def test_a_setting_is_taken_out(run, write, file):
    write(PROFILES)

    run("config", "unset", "max_credits")

    assert tomllib.loads(file.read_text())["profiles"]["studio"] == {"api_key": KEY}


@pytest.mark.parametrize(
    "text",
    [
        'profiles = { studio = { base_url = "https://a.test" } }\n',
        '[profiles.studio]\nledger = """\nbase_url = 1\n"""\n',
        '[profiles]\nstudio.base_url = "https://a.test"\n',
    ],
)
def test_what_cannot_be_changed_without_harm_is_left_alone(text, run, write, file):
    write(text)

    result = run("config", "set", "base_url", "https://b.test", "--profile", "studio", "--json")

    ends(result, 2, "InvalidRequest")
    assert file.read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        f'api_key = "{KEY}"',
        f'[profiles.default]\napi_key = "{KEY}',
        f'[profiles.default]\napikey = "{KEY}"',
        f'[profiles.default]\napi_key = ["{KEY}"]',
        f'[profiles.default]\nmax_credits = "{KEY}"',
        f'profiles = "{KEY}"',
        "profile = 1",
        "\udcff",
    ],
)
def test_a_broken_file_is_2_and_nothing_of_it_is_shown(text, run, file, write):
    write("")
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    error = ends(run("credits", "--json"), 2, "InvalidRequest")

    assert str(file) in error["message"]


def test_a_slip_in_a_settings_name_is_told_with_the_near_one(run):
    result = run("config", "set", "max_credit", "3", "--json")

    assert "'max_credits'" in ends(result, 2, "InvalidRequest")["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_credits", "much"),
        ("max_credits", "-1"),
        ("max_credits", "inf"),
        ("timeout", "nan"),
        ("base_url", "a"),
        ("base_url", ""),
    ],
)
def test_a_value_that_means_nothing_is_not_kept(name, value, run, file):
    assert run("config", "set", "--json", "--", name, value).exit_code == 2
    assert not file.exists()


def test_a_number_of_the_environment_that_is_none_is_2(edit, way):
    error = ends(edit("--json", APIKLEY_MAX_CREDITS="much"), 2, "InvalidRequest")

    assert "APIKLEY_MAX_CREDITS" in error["message"]
    assert way.requests == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_key_that_others_may_read_is_warned_of(run, write, file):
    write(PROFILES, 0o644)
    assert f"chmod 600 {file}" in run("credits").stderr

    write(PROFILES, 0o600)
    assert "chmod" not in run("credits").stderr

    write('[profiles.default]\nbase_url = "https://a.test"\n', 0o644)
    assert "chmod" not in run("credits").stderr


def test_a_link_to_the_file_stays_one(run, write, file, tmp_path):
    write("")
    (tmp_path / "dotfile.toml").write_text("")
    file.unlink()
    file.symlink_to(tmp_path / "dotfile.toml")

    run("config", "set", "max_credits", "5")

    assert file.is_symlink()
    assert "max_credits = 5" in (tmp_path / "dotfile.toml").read_text()


def test_the_path_is_printed_whether_it_is_there_or_not(run, file, tmp_path):
    assert run("config", "path").stdout == f"{file}\n"
    assert run("config", "path", APIKLEY_CONFIG=str(tmp_path / "c.toml")).stdout == f"{tmp_path / 'c.toml'}\n"


def test_an_empty_key_file_is_2(run, folder):
    (folder / "key.txt").write_text("\n")

    ends(run("credits", "--api-key-file", "key.txt", "--json"), 2, "InvalidRequest")
    ends(run("credits", "--api-key-file", "missing.txt", "--json"), 2, "InvalidRequest")


def test_no_repr_holds_a_key(write, file):
    write(PROFILES)

    assert KEY not in repr(profiles.read(file))
