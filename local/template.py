"""template.yaml, read as CloudFormation reads it: translated by SAM's own translator, with parameters checked."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.place import REGION, ROOT

TEMPLATE = ROOT / "template.yaml"

Resource = dict[str, Any]


class ParameterRefused(ValueError):
    """A template parameter that CloudFormation would refuse."""


@dataclass(frozen=True)
class Template:
    """A translated template.

    `resources` are plain CloudFormation resources by logical id, intrinsic functions unresolved, without those whose
    condition does not hold; `code` is the source
    folder of each function by logical id; `parameters` has a value for every parameter.
    """

    body: dict[str, Any]
    code: dict[str, Path]
    parameters: dict[str, str]

    @property
    def resources(self) -> dict[str, Resource]:
        found: dict[str, Resource] = self.body["Resources"]
        return found

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Return the properties of every resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        }


def read_template(overrides: Mapping[str, str], path: Path = TEMPLATE) -> Template:
    """Translate template.yaml with parameter values.

    Raises:
        ParameterRefused: a parameter is unknown, or its value is none that the template allows.
    """
    source = yaml_parse(path.read_text(encoding="utf-8"))
    parameters = checked_parameters(source["Parameters"], overrides)
    code = {}
    for name, resource in source["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            code[name] = path.parent / properties["CodeUri"]
            properties["CodeUri"] = "s3://local/code"
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = "s3://local/layer"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    body = translator.translate(source, parameter_values=parameters)
    _leave_out_what_no_condition_wants(body, parameters)
    return Template(body, {name: folder for name, folder in code.items() if name in body["Resources"]}, parameters)


def _leave_out_what_no_condition_wants(body: dict[str, Any], parameters: Mapping[str, str]) -> None:
    conditions = body.get("Conditions", {})
    for section in ("Resources", "Outputs"):
        for name, found in list(body[section].items()):
            if "Condition" in found and not _holds({"Condition": found["Condition"]}, conditions, parameters):
                del body[section][name]


def _holds(condition: Any, conditions: Mapping[str, Any], parameters: Mapping[str, str]) -> bool:
    """Evaluate a condition as CloudFormation does."""
    [(function, argument)] = condition.items()
    match function:
        case "Condition":
            return _holds(conditions[argument], conditions, parameters)
        case "Fn::Equals":
            first, second = (parameters[value["Ref"]] if isinstance(value, dict) else value for value in argument)
            return str(first) == str(second)
        case "Fn::Not":
            return not _holds(argument[0], conditions, parameters)
        case "Fn::And":
            return all(_holds(part, conditions, parameters) for part in argument)
        case "Fn::Or":
            return any(_holds(part, conditions, parameters) for part in argument)
        case _:
            raise ValueError(f"{function} is no function of a condition")


def check_parameters(overrides: Mapping[str, str]) -> None:
    """Refuse what `read_template` would refuse, before anything is started.

    Raises:
        ParameterRefused: see there.
    """
    checked_parameters(yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Parameters"], overrides)


def checked_parameters(declared: Mapping[str, Mapping[str, Any]], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return a value for every declared parameter, checked as CloudFormation checks them."""
    if unknown := sorted(set(overrides) - set(declared)):
        raise ParameterRefused(
            f"{unknown[0]}: the template has no such parameter; it has {', '.join(sorted(declared))}"
        )
    return {name: _checked(name, rule, str(overrides.get(name, rule["Default"]))) for name, rule in declared.items()}


def _checked(name: str, rule: Mapping[str, Any], value: str) -> str:
    allowed = [str(choice) for choice in rule.get("AllowedValues", ())]
    if allowed and value not in allowed:
        raise ParameterRefused(f"{name}: {value!r} is none of {', '.join(allowed)}")
    if "AllowedPattern" in rule and not re.fullmatch(rule["AllowedPattern"], value):
        raise ParameterRefused(f"{name}: {value!r} is not {rule['ConstraintDescription']}")
    if rule["Type"] == "Number":
        low, high = rule.get("MinValue", float("-inf")), rule.get("MaxValue", float("inf"))
        try:
            fits = low <= float(value) <= high
        except ValueError:
            fits = False
        if not fits:
            raise ParameterRefused(f"{name}: {value!r} is not a number between {low} and {high}")
    return value
