"""`python -m local` says what it can do, and a schedule knows its interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.__main__ import COMMANDS, main
from local.wiring import Schedule


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["nonsense"], 2), (["--help"], 0), (["help"], 0)])
def test_without_a_command_the_commands_are_listed(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    printed = capsys.readouterr()
    assert all(command in printed.out + printed.err for command in COMMANDS)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(15 minutes)", 900), ("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("rate(1 day)", 86_400)],
)
def test_a_rate_is_an_interval(expression: str, seconds: int) -> None:
    assert Schedule("rule", "Function", expression, enabled=True).seconds == seconds


def test_a_cron_expression_is_none() -> None:
    assert Schedule("rule", "Function", "cron(0 4 * * ? *)", enabled=True).seconds is None


def test_a_python_that_has_only_some_dependencies_is_left_for_the_projects_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    begun: list[list[str]] = []

    def begin_again(_: Path, command: list[str]) -> None:
        begun.append(command)
        raise SystemExit(0)

    monkeypatch.setattr("local.__main__.ROOT", tmp_path)
    monkeypatch.setattr("local.__main__.find_spec", {"boto3": True}.get)
    monkeypatch.setattr("os.execv", begin_again)
    monkeypatch.setattr("sys.argv", ["local", "verify", "x"])
    with pytest.raises(SystemExit):
        main(["verify", "x"])
    assert begun == [[str(own), "-m", "local", "verify", "x"]]
