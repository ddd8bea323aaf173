"""The SAM CLI, and what it needs to work on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
import docker.errors  # type: ignore[import-untyped]

from local.place import ROOT

RUNTIME = "python3.13"
_SAM = ROOT / ".venv-sam" / "bin" / "sam"
# A cold `sam local invoke` builds the layers' image anew (measured: 5 to 30 s).
_INVOKE_SECONDS = 300


class CannotTest(RuntimeError):
    """What the end-to-end tests need is missing; says what to do."""


def runtime_python() -> Path:
    """Return the interpreter of the Lambda runtime's version: from PATH, else from pyenv."""
    for candidate in (shutil.which(RUNTIME), _from_pyenv()):
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(candidate)
    raise CannotTest(f"sam build needs {RUNTIME}, which is neither on PATH nor installed with pyenv")


def _from_pyenv() -> str | None:
    if not shutil.which("pyenv"):
        return None
    versions = _output(["pyenv", "versions", "--bare"]).split()
    fitting = [version for version in versions if version.startswith(RUNTIME.removeprefix("python") + ".")]
    return f"{_output(['pyenv', 'prefix', fitting[-1]])}/bin/{RUNTIME}" if fitting else None


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def sam_command() -> list[str]:
    """Return the command that runs the SAM CLI."""
    if not _SAM.exists():
        raise CannotTest("the SAM CLI is not installed; `make e2e` installs it into .venv-sam")
    return [str(_SAM)]


def sam_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a SAM CLI process, with the runtime's Python first on PATH."""
    path = f"{runtime_python().parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1", **more, "PATH": path}


def build(folder: Path, architecture: str) -> Path:
    """Run `sam build` from nothing and return the folder of what it made."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        "build",
        "--build-dir",
        str(folder),
        "--no-cached",
        "--parameter-overrides",
        f"Architecture={architecture}",
    ]
    done = subprocess.run(
        [*sam_command(), *command], cwd=ROOT, env=sam_environment({}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def engine_arguments(architecture: str) -> list[str]:
    """Return what `sam local` needs to be told about the container engine.

    Raises:
        CannotTest: there is none.
    """
    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as error:
        raise CannotTest(f"no container engine answers (start one, or set DOCKER_HOST): {error}") from error
    try:
        client.images.get(f"public.ecr.aws/lambda/python:{RUNTIME.removeprefix('python')}-{architecture}")
    except docker.errors.ImageNotFound:
        return []
    return ["--skip-pull-image"]


class Containers:
    """`sam local` with a built template. `arguments` and `environment` say where LinkedIn and AWS are."""

    def __init__(self, built: Path, arguments: list[str], environment: Mapping[str, str]) -> None:
        self._template = ["--template", str(built / "template.yaml")]
        self._arguments = arguments
        self._environment = sam_environment(environment)

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function in a container of its own and return its answer."""
        answer = self._answer(function, event)
        assert not (isinstance(answer, dict) and "errorType" in answer), answer
        return answer

    def refusal(self, function: str, event: Any) -> str:
        """Invoke a function that raises, and return the exception's type."""
        return str(self._answer(function, event)["errorType"])

    def _answer(self, function: str, event: Any) -> Any:
        command = [*sam_command(), "local", "invoke", function, *self._template, "--event", "-", *self._arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment,
            input=json.dumps(event),
            capture_output=True,
            text=True,
            timeout=_INVOKE_SECONDS,
            check=False,
        )
        assert done.stdout.strip(), done.stderr[-4000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    def start_api(self, port: int) -> subprocess.Popen[bytes]:
        """Start `sam local start-api`."""
        command = [*sam_command(), "local", "start-api", *self._template, "--port", str(port), *self._arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)
