"""`python -m local sam-local`: LinkedIn and AWS for functions that `sam local` runs in containers.

Both listen for containers as well, and what a function needs to find them is written to a file for `--env-vars`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import shlex
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from local.demo_options import SIMULATED_NOW
from local.deployment import ACCESS_KEY, Deployment
from local.linkedin_side import start_simulator
from local.place import REGION, ROOT
from local.processes import Server, end_on_sigterm
from local.stack import LINKEDIN_SECRET, ORG_SYNC_SECRET, UNFILLED_SECRETS

# What a container calls the machine it runs on.
HOST = "host.docker.internal"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - containers come from outside
_SMALL = ("--learners", "20", "--courses", "20", "--videos", "40", "--paths", "3")
_PARAMETERS = {"CatalogLocales": "en_US"}
# The drops that the events of `events/` tell of.
_SAMPLE = (ROOT / "local" / "samples" / "people.csv").read_bytes()
_DROPS = {"incoming/people.csv": _SAMPLE, "incoming/HR export+Ü 1.csv": _SAMPLE, "incoming/hr/": b""}


class SamLocal:
    """The two servers and the template's resources, for containers; nothing here invokes a function.

    Args:
        out: folder for `env.json` and logs.
        simulator_arguments: options of the simulator besides its address and time.
    """

    def __init__(self, out: Path, simulator_arguments: tuple[str, ...] = _SMALL) -> None:
        self.out = out.resolve()
        logs = self.out / "logs"
        self._aws = Server("local.aws_server", ["--host", _EVERYWHERE], log=logs / "aws.log")
        try:
            self._linkedin = start_simulator(
                ["--host", _EVERYWHERE, "--now", SIMULATED_NOW.isoformat(), *simulator_arguments],
                "combined",
                logs / "simulator.log",
            )
            self.deployment = self._deploy()
            self._drop_files()
        except BaseException:
            self._aws.close()
            raise
        self.env_file = self.out / "env.json"
        self.env_file.write_text(json.dumps(self._environments(), indent=2), encoding="utf-8")

    @property
    def sam_environment(self) -> dict[str, str]:
        """Variables for the `sam` process itself, which asks AWS who it is and hands its credentials to containers."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_STS": self.deployment.endpoint,
            "SAM_CLI_TELEMETRY": "0",
        }

    @property
    def arguments(self) -> list[str]:
        """Options for `sam local invoke` and `sam local start-api`."""
        parameters = {"Architecture": architecture(), "AwsEndpointUrl": _for_containers(self.deployment.endpoint)}
        return [
            "--env-vars",
            str(self.env_file),
            "--add-host",
            f"{HOST}:host-gateway",
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in parameters.items()),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._linkedin.close()
        self._aws.close()

    def _deploy(self) -> Deployment:
        return Deployment(
            f"http://127.0.0.1:{self._aws.announced['port']}",
            {
                **_PARAMETERS,
                "LinkedInApiUrl": _for_containers(self._linkedin.api_url),
                "LinkedInOAuthUrl": _for_containers(self._linkedin.oauth_url),
            },
            {
                **UNFILLED_SECRETS,
                LINKEDIN_SECRET: self._linkedin.secret,
                ORG_SYNC_SECRET: self._linkedin.org_sync_secret,
            },
        )

    def _drop_files(self) -> None:
        bucket = self.deployment.name_of("OrgSyncBucket")
        for key, body in _DROPS.items():
            self.deployment.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def _environments(self) -> dict[str, dict[str, str]]:
        return {
            name: {key: _for_containers(value) for key, value in function.environment.items()}
            for name, function in self.deployment.wiring.functions.items()
        }


def architecture() -> str:
    """Return this machine's processor as Lambda calls it: containers of the other kind would need an emulator."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _for_containers(text: str) -> str:
    return text.replace("127.0.0.1", HOST).replace(_EVERYWHERE, HOST)


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local sam-local", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/sam-local"), help="folder (default build/sam-local)")
    options = parser.parse_args(arguments)
    end_on_sigterm()
    with SamLocal(options.out) as served:
        print(_instructions(served), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


def _instructions(served: SamLocal) -> str:
    exports = "\n".join(f"export {name}={value}" for name, value in served.sam_environment.items())
    options = shlex.join(served.arguments)
    return (
        f"LinkedIn and AWS are here until Ctrl-C. In another terminal:\n\n{exports}\n"
        f"sam build --parameter-overrides Architecture={architecture()}\n"
        f"sam local invoke StartRunFunction --event events/start-run-schedule.json {options}\n"
        f"sam local start-api {options}"
    )
