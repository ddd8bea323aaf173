"""template.yaml, read as CloudFormation reads it: translated by SAM's own translator, with parameters checked."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

from local.place import ACCOUNT, REGION, ROOT

TEMPLATE = ROOT / "template.yaml"

Resource = dict[str, Any]

_NO_VALUE = object()
_STACK_UUID = "10ca1000-0000-4000-8000-000000000000"
_PLACEHOLDER = re.compile(r"\$\{([\w:.]+)\}")


class ParameterRefused(ValueError):
    """A template parameter that CloudFormation would refuse."""


@dataclass(frozen=True)
class Template:
    """A translated template.

    `resources` are plain CloudFormation resources by logical id, intrinsic functions unresolved, without those whose
    condition does not hold; `code` is the source folder of each function by logical id; `parameters` has a value for
    every parameter.
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

    def resolver(self, attribute: Callable[[str, str | None], str], stack: str) -> Callable[[Any], Any]:
        """Return a function that replaces the intrinsic functions in a structure.

        Args:
            attribute: what a resource's `Ref` (attribute None) or `Fn::GetAtt` is, by its logical id.
            stack: the stack's name.
        """
        return _Resolver(self, attribute, stack)


class _Resolver:
    """The intrinsic functions that the project's templates use; any other is refused."""

    def __init__(self, template: Template, attribute: Callable[[str, str | None], str], stack: str) -> None:
        self._conditions = template.body.get("Conditions", {})
        self._values = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": REGION,
            "AWS::Partition": "aws",
            "AWS::StackName": stack,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/{_STACK_UUID}",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NO_VALUE,
            **template.parameters,
        }
        self._attribute = attribute

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [found for item in value if (found := self(item)) is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        return {key: found for key, item in value.items() if (found := self(item)) is not _NO_VALUE}

    def _intrinsic(self, name: str, argument: Any) -> Any:
        functions: dict[str, Callable[[Any], Any]] = {
            "Ref": lambda name: self._values[name] if name in self._values else self._attribute(name, None),
            "Fn::GetAtt": lambda found: self._attribute(*found),
            "Fn::Sub": lambda text: _PLACEHOLDER.sub(lambda found: str(self._named(found[1])), text),
            "Fn::If": lambda found: self(found[1] if self.holds({"Condition": found[0]}) else found[2]),
            "Fn::Join": lambda found: found[0].join(map(self, found[1])),
            "Fn::Select": lambda found: self(found[1])[int(found[0])],
            "Fn::Split": lambda found: self(found[1]).split(found[0]),
            "Fn::Equals": lambda found: self(found[0]) == self(found[1]),
            "Fn::Not": lambda found: not self.holds(found[0]),
            "Fn::And": lambda found: all(map(self.holds, found)),
            "Fn::Or": lambda found: any(map(self.holds, found)),
        }
        if name in functions:
            return functions[name](argument)
        raise NotImplementedError(f"{name} in template.yaml: the local run does not know this function")

    def _named(self, name: str) -> Any:
        logical_id, dot, attribute = name.partition(".")
        return self._attribute(logical_id, attribute) if dot else self._intrinsic("Ref", name)

    def holds(self, condition: dict[str, Any]) -> bool:
        """Return whether a condition, or the one that it names, holds."""
        named = self._conditions[condition["Condition"]] if set(condition) == {"Condition"} else condition
        return bool(self(named))


def read_template(overrides: Mapping[str, str], path: Path = TEMPLATE) -> Template:
    """Translate template.yaml with parameter values, without what they make superfluous.

    Raises:
        ParameterRefused: a parameter is unknown, or its value is none that the template allows.
    """
    return _wanted(translate(overrides, path))


def translate(overrides: Mapping[str, str], path: Path = TEMPLATE) -> Template:
    """Translate template.yaml as AWS does: with every resource, whether its condition holds or not.

    Raises:
        ParameterRefused: see `read_template`.
    """
    source = _parse(path)
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
    return Template(translator.translate(source, parameter_values=parameters), code, parameters)


def _wanted(template: Template) -> Template:
    """Return the template without the resources and outputs whose condition does not hold."""
    holds = _Resolver(template, lambda logical_id, _attribute: logical_id, "").holds
    sections: dict[str, Any] = {
        section: {
            name: found
            for name, found in template.body[section].items()
            if "Condition" not in found or holds({"Condition": found["Condition"]})
        }
        for section in ("Resources", "Outputs")
        if section in template.body
    }
    code = {name: folder for name, folder in template.code.items() if name in sections["Resources"]}
    return Template({**template.body, **sections}, code, template.parameters)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with CloudFormation's short forms (`!Ref X`) written out (`{"Ref": "X"}`); in C where there is one."""


def _long_form(loader: Any, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if tag == "GetAtt" else text}
    construct = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    return {name: construct(node, deep=True)}


_Loader.add_multi_constructor("!", _long_form)


def _parse(path: Path) -> dict[str, Any]:
    source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return source


def check_parameters(overrides: Mapping[str, str]) -> None:
    """Refuse what `read_template` would refuse, before anything is started.

    Raises:
        ParameterRefused: see there.
    """
    checked_parameters(_parse(TEMPLATE)["Parameters"], overrides)


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
