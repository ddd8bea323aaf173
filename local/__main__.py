"""`python -m local COMMAND …`: the whole system on one machine, without AWS and LinkedIn."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each command's module has a `main(arguments) -> exit code`; it is imported only when its command is given.
COMMANDS = {
    "demo": ("local.demo", "collect a whole account and leave the snapshot as files"),
    "run": ("local.run", "start a run of a deployed stack and follow it"),
    "org-sync": ("local.org_sync", "drop HR files and see what becomes of them"),
    "verify": ("local.verify", "check a snapshot against its manifest and the data model"),
    "query": ("local.query", "ask a snapshot in SQL or openCypher"),
    "evidence": ("local.evidence", "make an evidence package for an auditor"),
    "chaos": ("local.chaos.command", "random faults in the local run, each compared with an undisturbed run"),
    "simulator": ("local.simulator.cli", "LinkedIn Learning's API alone, for other clients"),
    "sam-local": ("local.sam_local", "LinkedIn and AWS for functions that sam local runs"),
    "openapi": ("local.openapi", "write the OpenAPI document of the validate call"),
    "data-model": ("local.data_model", "write the tables of docs/data-model.md"),
    "report-documents": (
        "local.report_documents",
        "write the documentation of the report tables and of requirements.yaml",
    ),
}
# Dependencies that the commands need; a Python that has all of them is taken for the project's own.
_PROBES = ("boto3", "moto", "msgspec", "aws_lambda_powertools", "rich")


def main(arguments: list[str]) -> int:
    """Run a command; 2 if there is no such command."""
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = bool(arguments) and arguments[0] in {"-h", "--help", "help"}
        print(_usage(), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    _use_project_environment()
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    try:
        code: int = module.main(arguments[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as head, has closed it; otherwise Python reports the error again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _usage() -> str:
    commands = "\n".join(f"  {name:<10} {what}" for name, (_, what) in COMMANDS.items())
    return f"usage: python -m local COMMAND …\n\n{commands}\n\npython -m local COMMAND --help says more about each."


def _use_project_environment() -> None:
    """Restart with the project's own Python if this one lacks the dependencies."""
    python = ROOT / ".venv" / "bin" / "python"
    if all(find_spec(probe) for probe in _PROBES):
        return
    if not python.exists() or Path(sys.prefix) == python.parent.parent:
        sys.exit("The dependencies are not installed; `make setup` does it.")
    os.execv(python, [str(python), "-m", "local", *sys.argv[1:]])  # noqa: S606 - the same command, another Python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
