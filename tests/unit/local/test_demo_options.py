"""`python -m local demo` takes what makes sense together and says what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.demo_options import SIMULATED_NOW, read_options, simulator_arguments


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret.json"
    path.write_text("{}")
    return str(path)


def test_the_simulated_day_is_always_the_same() -> None:
    options = read_options([])
    assert options.now == SIMULATED_NOW
    assert simulator_arguments(options)[:2] == ["--now", "2026-11-21T16:00:00+00:00"]


def test_another_server_is_collected_as_of_now(secret: str) -> None:
    server = ["--linkedin-api-url", "http://x", "--linkedin-oauth-url", "http://x/t", "--secret", secret]
    assert abs((read_options(server).now - datetime.now(tz=UTC)).total_seconds()) < 60
    assert read_options([*server, "--now", "2026-01-02T03:04:05Z"]).now == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_options_become_template_parameters_and_set_has_the_last_word() -> None:
    options = read_options(
        ["--lookback=90", "--account-name=Acme", "--no-tag-account-name", "--locales=en_US", "--retry-delay=5"]
        + [f"--set={text}" for text in ("LicensedOnly=false", "AccountName=Other")]
    )
    assert options.parameters == {
        "ActivityLookbackDays": "90",
        "AccountName": "Other",
        "TagAccountName": "false",
        "CatalogLocales": "en_US",
        "LicensedOnly": "false",
        "RetryDelaySeconds": "5",
    }


def test_sizes_and_faults_reach_the_simulator() -> None:
    options = read_options(["--learners", "5", "--seed", "7", "--fault", "500:users:2", "--simulator-args=--strict"])
    arguments = simulator_arguments(options)
    assert arguments[-1] == "--strict"
    assert " ".join(arguments).endswith("--learners 5 --seed 7 --fault 500:users:2 --strict")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--lookback", "15"], "--lookback"),
        (["--linkedin-api-url", "http://x"], "go together"),
        (["--set", "LicensedOnly"], "NAME=VALUE"),
        (["--now", "yesterday"], "--now"),
        (["--secret", "missing.json", "--linkedin-api-url", "x", "--linkedin-oauth-url", "y"], "no file missing.json"),
    ],
)
def test_what_cannot_be_used_is_named(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read_options(arguments)
    assert complaint in capsys.readouterr().err


def test_sizes_are_the_simulators_alone(secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--linkedin-api-url", "a", "--linkedin-oauth-url", "b", "--secret", secret, "--learners", "3"])
    assert "simulator's" in capsys.readouterr().err
