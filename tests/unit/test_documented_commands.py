"""The commands of the documentation exist: AWS CLI operations with these options, and those of `python -m local`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache

import pytest
from botocore import xform_name
from botocore.session import get_session

from local.__main__ import COMMANDS
from local.place import ROOT
from local.template import read_template

DOCUMENTS = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
GLOBAL = {"query", "output", "region", "cli-binary-format", "cli-read-timeout"}
# What the AWS CLI has beyond the operations of the services.
OF_THE_CLI = {
    ("s3", "cp"): {"recursive"},
    ("s3", "ls"): {"recursive"},
    ("s3", "sync"): {"exclude", "include"},
    ("logs", "tail"): {"since", "format"},
    ("configure", "list"): set[str](),
}


def snippets(document: str) -> Iterator[str]:
    """Yield the code of a document: blocks with their continued lines joined, and what stands in backticks."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for block in blocks.findall(text):
        yield from (line.partition(" #")[0] for line in re.sub(r"\\\n", " ", block).splitlines())
    yield from re.findall(r"`([^`\n]+)`", blocks.sub("", text).replace("\\`", ""))


def options_of(command: str) -> set[str]:
    return set(re.findall(r"(?<=\s)--([a-z][a-z0-9-]+)", command))


@cache
def known(service: str, operation: str) -> frozenset[str] | None:
    """Return the options of an AWS CLI command, None where there is no such command."""
    if (service, operation) in OF_THE_CLI:
        return frozenset(OF_THE_CLI[service, operation])
    session = get_session()
    name = {"s3api": "s3"}.get(service, service)
    if name not in session.get_available_services():
        return None
    model = session.get_service_model(name)
    found = {xform_name(one, "-"): one for one in model.operation_names}.get(operation)
    if found is None:
        return None
    shape = model.operation_model(found).input_shape
    return frozenset(xform_name(member, "-") for member in (shape.members if shape else ()))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_aws_has_these_operations_and_options(document: str) -> None:
    for snippet in snippets(document):
        for command in re.split(r"(?<![\w/.])aws (?=[a-z0-9]+ [a-z])", snippet)[1:]:
            service, operation = re.findall(r"[\w-]+", command)[:2]
            options = known(service, operation)
            assert options is not None, command
            assert options_of(command.split(" | ")[0]) <= options | GLOBAL, command


@pytest.mark.parametrize("document", DOCUMENTS)
def test_local_has_these_commands_and_options(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    for snippet in snippets(document):
        for rest in re.split(r"python -m local (?=[a-z])", snippet)[1:]:
            name, *_ = rest.split()
            assert name in COMMANDS, rest
            with pytest.raises(SystemExit):
                importlib.import_module(COMMANDS[name][0]).main(["--help"])
            assert options_of(f" {rest}") <= set(re.findall(r"--([a-z-]+)", capsys.readouterr().out)), rest


def test_what_a_command_reads_is_an_output_of_the_stack() -> None:
    outputs = read_template({"JupiterOneScope": "s"}).body["Outputs"]
    for document in DOCUMENTS:
        for snippet in snippets(document):
            assert set(re.findall(r"\$\((?:output|queue_arn) (\w+)\)", snippet)) <= set(outputs), snippet


def test_links_lead_to_sections_that_there_are() -> None:
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text):
            read = (ROOT / document).parent / target if target else ROOT / document
            headings = re.findall(r"^#+ (.+)$", read.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{document}: {target}#{anchor}"
