"""The options of `python -m local org-sync`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Return the options; ends the program with 2 where they can't be used."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.linkedin_api_url) != bool(options.secret):
        parser.error("--linkedin-api-url and --secret go together")
    if options.linkedin_api_url and (options.fault or options.simulator_args):
        parser.error("faults and --simulator-args are the simulator's: leave them out when another server is used")
    if options.column_map:
        options.column_map = _object(options.column_map, parser)
    for path in (*options.files, *filter(None, (options.secret,))):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local org-sync",
        description="Drops HR files into the org-sync bucket, one after the other, and prints what became of each. The "
        "exit code is 0 only if all were sent to LinkedIn (with --dry-run: would have been).",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--mode", choices=["manual", "automatic"], default="manual")
    parser.add_argument("--column-map", type=Path, metavar="MAP.json", help='{"HR header": "linkedin_header", …}')
    parser.add_argument(
        "--encoding", default="utf-8", metavar="NAME", help="of files that are not UTF-8, e.g. windows-1252"
    )
    parser.add_argument("--on-bad-rows", choices=["refuse", "skip"], default="refuse")
    parser.add_argument(
        "--max-revocations", type=float, metavar="PERCENT", help="hold files that revoke more (default 10)"
    )
    parser.add_argument(
        "--allow-first-revocations",
        action="store_true",
        help="do not hold a file that sets licences inactive while no file was applied before it",
    )
    parser.add_argument("--dry-run", action="store_true", help="check and summarise, send nothing")
    parser.add_argument("--set", type=_assignment, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path, default=Path("build/org-sync"), help="default build/org-sync")
    parser.add_argument("--keep", action="store_true", help="begin with the bucket that lies in OUT")
    parser.add_argument("--visibility-timeout", type=int, default=20, metavar="S", help="of every queue (default 20)")
    parser.add_argument("--quiet", action="store_true", help="print the summaries only")
    parser.add_argument("--fault", action="append", default=[], metavar="SPEC", help="see python -m local simulator")
    parser.add_argument("--simulator-args", default="", metavar="TEXT", help="more options of the simulator")
    parser.add_argument("--linkedin-api-url", metavar="URL", help="another server, or LinkedIn itself")
    parser.add_argument("--secret", type=Path, metavar="FILE", help='{"accessToken": "…"}')
    return parser


def _object(path: Path, parser: argparse.ArgumentParser) -> str:
    """Return a file's JSON object on one line, as a parameter of the stack has it."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        parser.error(f"--column-map: {path}: {error}")
    if not isinstance(value, dict) or not all(isinstance(target, str) for target in value.values()):
        parser.error(f"--column-map: {path}: is no JSON object that maps texts to texts")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
