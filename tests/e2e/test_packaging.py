"""What `sam build` makes is complete, small, compiled, and for the processor it was built for."""

from __future__ import annotations

import importlib.metadata
import json
import re
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local.place import ROOT
from local.template import read_template
from tests.e2e.sam import runtime_python

pytestmark = pytest.mark.e2e

LAYERS = ("DependenciesLayer", "CommonLayer", "DuckDBLayer")
# Unzipped megabytes; Lambda takes 250 for a function and its layers together.
LIMITS = {"DependenciesLayer": 70, "CommonLayer": 3, "DuckDBLayer": 80}
_MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}
_TEMPLATE = read_template({"JupiterOneScope": "linkedin-learning"})
_FUNCTIONS = sorted(_TEMPLATE.code)
_WITH_ENGINE = {
    name
    for name, function in _TEMPLATE.of_type("AWS::Lambda::Function").items()
    if "DuckDBLayer" in json.dumps(function["Layers"])
}
# Enough for every settings model; nothing is called.
_ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "learning-graph",
    "POWERTOOLS_METRICS_NAMESPACE": "LearningGraph",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "LINKEDIN_SECRET_ARN": "arn",
    "ACCOUNT_NAME": "Acme",
}


def files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.rglob(pattern) if path.is_file()]


def distributions(layer: Path) -> dict[str, str]:
    found = importlib.metadata.distributions(path=[str(layer / "python")])
    return {re.sub(r"[-_.]+", "-", found.name).lower(): found.version for found in found}


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / path).read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("layer", "lock"),
    [
        ("DependenciesLayer", "layers/dependencies/requirements.txt"),
        ("DuckDBLayer", "layers/duckdb/requirements.txt"),
        ("CommonLayer", None),
    ],
)
def test_a_layer_ships_exactly_what_is_locked_and_stays_small(
    built: Path, report: list[str], layer: str, lock: str | None
) -> None:
    shipped = distributions(built / layer)
    assert shipped == (locked(lock) if lock else {})
    size = sum(path.stat().st_size for path in files(built / layer, "*")) / 1e6
    names = ", ".join(f"{name} {version}" for name, version in sorted(shipped.items())) or "learning_graph"
    report.append(f"{layer}: {size:.1f} MB unzipped: {names}")
    assert size < LIMITS[layer]
    assert not (built / layer / "python" / "python").exists()


def test_a_function_is_its_handler_and_nothing_else(built: Path) -> None:
    for function in _FUNCTIONS:
        assert [path.name for path in files(built / function, "*")] == ["app.py"], function


@pytest.mark.parametrize("layer", LAYERS)
def test_every_module_ships_compiled_for_the_runtime(built: Path, layer: str) -> None:
    script = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"
    magic = subprocess.run([runtime_python(), "-c", script], capture_output=True, check=True).stdout
    for source in files(built / layer, "*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        header = compiled.read_bytes()[:8]
        unchecked_hash = 0b01
        assert header == magic + struct.pack("<I", unchecked_hash), source


@pytest.mark.parametrize("wanted", sorted(_MACHINES))
def test_native_libraries_are_for_the_chosen_processor(build_for: Callable[[str], Path], wanted: str) -> None:
    folder = build_for(wanted)
    libraries = [path for layer in LAYERS for path in files(folder / layer, "*.so")]
    assert any("pydantic_core" in path.name for path in libraries)
    assert any("duckdb" in path.name for path in libraries)
    for path in libraries:
        machine = struct.unpack("<H", path.read_bytes()[18:20])[0]
        assert machine == _MACHINES[wanted], path


IMPORT = """
import importlib.machinery as machinery, json, sys, time
sys.path[:0] = {path!r}
compiled, compile_source = [], machinery.SourceFileLoader.source_to_code
def note(self, data, path, **more):
    compiled.append(path)
    return compile_source(self, data, path, **more)
machinery.SourceFileLoader.source_to_code = note
began = time.perf_counter()
import app
seconds = time.perf_counter() - began
assert callable(app.handler)
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
print(json.dumps({{"seconds": seconds, "compiled": compiled, "files": files}}))
"""


@pytest.mark.parametrize("function", _FUNCTIONS)
def test_a_function_imports_with_only_its_layers_and_compiles_only_its_handler(
    built: Path, report: list[str], function: str
) -> None:
    layers = [layer for layer in LAYERS if layer != "DuckDBLayer" or function in _WITH_ENGINE]
    path = [str(built / function), *(str(built / layer / "python") for layer in layers)]
    command = [str(runtime_python()), "-I", "-B", "-c", IMPORT.format(path=path)]
    done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    assert answer["compiled"] == [str(built / function / "app.py")]
    assert not [file for file in answer["files"] if "site-packages" in file]
    assert [file for file in answer["files"] if "learning_graph" in file]
    report.append(f"{function}: imports in {answer['seconds'] * 1000:.0f} ms")
