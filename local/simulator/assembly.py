"""Puts the simulator together from its options."""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import msgspec

from local.simulator.account_changes import AccountChanges
from local.simulator.app import SimulatorApp
from local.simulator.assumptions import Assumptions, parse_assignments
from local.simulator.clock import Clock, parse_instant
from local.simulator.control import ControlPlane
from local.simulator.exchange import Answer, Exchange, json_answer
from local.simulator.faults import Faults
from local.simulator.generator.account import generate
from local.simulator.injection import Injector
from local.simulator.oauth import DEMO_CLIENTS, Client, TokenStore
from local.simulator.options import sizes
from local.simulator.org_sync.jobs import Jobs
from local.simulator.org_sync.media import MediaStore
from local.simulator.org_sync.processing import Limits, Processor
from local.simulator.org_sync.routes import DEMO_TOKENS, TOKEN_STATES, OrgSync
from local.simulator.org_sync.users import UserTable
from local.simulator.quota import Quotas, RateLimit
from local.simulator.service import LearningService

_MEGABYTE = 1024 * 1024


class Simulator:
    """The assembled simulator; its files on disk go with ``close``.

    Args:
        options: of the command line.
        clock: in place of one that starts at ``options.now`` and runs on by itself.
        executor: processes uploaded files, one at a time and in order; default: a thread.

    Raises:
        ValueError: an option's value cannot be used; the text says why.
    """

    def __init__(
        self, options: argparse.Namespace, *, clock: Clock | None = None, executor: Executor | None = None
    ) -> None:
        start = clock.now() if clock else parse_instant(options.now) if options.now else int(time.time() * 1000)
        self._assumptions = Assumptions(parse_assignments(options.assume))
        self._faults = Faults()
        for text in options.fault:
            self._faults.add(text)
        clients = tuple(map(_client, options.client)) or DEMO_CLIENTS
        org_sync_tokens = dict(map(_org_sync_token, options.org_sync_token)) or DEMO_TOKENS
        self.account = account = generate(sizes(options), start)
        # The clock starts when the account is there, so that the first request comes at the given time.
        clock = clock or Clock(start)
        self._quotas = Quotas(clock, options.daily_quota)
        self._rate_limit = RateLimit(options.rate_limit)
        self._tokens = TokenStore(clients, clock, self._assumptions, options.token_seconds)
        service = LearningService(account, clock, self._tokens, self._quotas, self._assumptions, strict=options.strict)
        self._executor = executor or ThreadPoolExecutor(1, "org-sync-job")
        self._files = tempfile.TemporaryDirectory(prefix="linkedin-simulator-")
        org_sync = self._org_sync(options, clock, org_sync_tokens)
        control = ControlPlane(account, clock, service.reports.cut_off)
        control.register("POST", "account", AccountChanges(account, clock).post)
        self._register(control, org_sync)
        injector = Injector(self._faults, self._tokens, self._quotas, clock, service.page)
        self.app = SimulatorApp(
            service,
            org_sync,
            control,
            injector,
            tokens=self._tokens,
            assumptions=self._assumptions,
            rate_limit=self._rate_limit,
            latency=options.latency_ms / 1000,
        )

    def close(self) -> None:
        self._executor.shutdown()
        self._users.close()
        self._files.cleanup()

    def _org_sync(self, options: argparse.Namespace, clock: Clock, tokens: dict[str, str]) -> OrgSync:
        directory = Path(self._files.name)
        media = MediaStore(directory, int(options.org_sync_max_mb * _MEGABYTE))
        self._users = users = UserTable(directory)
        limits = Limits(options.org_sync_max_rows, options.org_sync_licences)
        jobs = Jobs(
            media,
            Processor(users),
            clock,
            self._assumptions,
            limits=limits,
            seconds=options.job_seconds,
            executor=self._executor,
        )
        if options.job_end:
            jobs.always = {"status": options.job_end}
        return OrgSync(media, jobs, users, clock, assumptions=self._assumptions, tokens=tokens)

    def _register(self, control: ControlPlane, org_sync: OrgSync) -> None:
        control.register("GET", "users", org_sync.show_users)
        control.register("GET", "jobs", org_sync.show_jobs)
        control.register("GET", "media", org_sync.show_media)
        control.register("POST", "org-sync", org_sync.set_behaviour)
        control.register("GET", "faults", lambda _, __: json_answer(self._faults.shown()))
        control.register("POST", "faults", self._add_faults)
        control.register("DELETE", "faults", self._clear_faults)
        control.register("GET", "assumptions", lambda _, __: json_answer(self._assumptions.as_dict()))
        control.register("POST", "assumptions", self._assume)
        control.register("POST", "tokens", self._refuse_tokens)
        control.register("POST", "quota", self._set_quota)
        control.register("GET", "rate", lambda _, __: json_answer(self._rate_limit.shown()))
        control.register("POST", "rate", self._set_rate)
        control.register("POST", "latency", self._set_latency)

    def _add_faults(self, _: Exchange, body: bytes) -> Answer:
        """One fault or a list of them, each a text or an object; answers their ids."""
        given = msgspec.json.decode(body)
        added = [self._faults.add(one) for one in (given if isinstance(given, list) else [given])]
        return json_answer({"ids": [fault.id for fault in added]}, 201)

    def _clear_faults(self, exchange: Exchange, _: bytes) -> Answer:
        """All of them, or the one of ``?id=``."""
        self._faults.clear(exchange.query.integer("id"))
        return Answer(204, b"")

    def _assume(self, _: Exchange, body: bytes) -> Answer:
        """``{"name": "value", …}``."""
        for name, value in msgspec.json.decode(body).items():
            self._assumptions.set(name, str(value))
        return json_answer(self._assumptions.as_dict())

    def _refuse_tokens(self, _: Exchange, body: bytes) -> Answer:
        """``{"refusal": "expired" | "revoked", "client": …}``: the tokens issued so far."""
        given = msgspec.json.decode(body)
        if given["refusal"] not in {"expired", "revoked"}:
            raise ValueError("refusal is expired or revoked")
        return json_answer({"tokens": self._tokens.refuse_all(given["refusal"], given.get("client"))})

    def _set_quota(self, _: Exchange, body: bytes) -> Answer:
        """``{"daily": N}``; begins to count anew."""
        self._quotas.limit = int(msgspec.json.decode(body)["daily"])
        self._quotas.reset()
        return json_answer({"daily": self._quotas.limit})

    def _set_rate(self, _: Exchange, body: bytes) -> Answer:
        """``{"perSecond": N}``; begins to count anew."""
        self._rate_limit.set(float(msgspec.json.decode(body)["perSecond"]))
        return json_answer(self._rate_limit.shown())

    def _set_latency(self, _: Exchange, body: bytes) -> Answer:
        """``{"ms": N}``."""
        self.app.latency = float(msgspec.json.decode(body)["ms"]) / 1000
        return json_answer({"ms": self.app.latency * 1000})


def _client(text: str) -> Client:
    given = msgspec.json.decode(text)
    keys = frozenset(given.get("keys", ("content", "report")))
    return Client(given["id"], given["secret"], keys, given.get("enabled", True))


def _org_sync_token(text: str) -> tuple[str, str]:
    token, equals, state = text.rpartition("=")
    if not equals:
        return text, "valid"
    if state not in TOKEN_STATES:
        raise ValueError(f"--org-sync-token: a token is one of {', '.join(TOKEN_STATES)}; not {state!r}")
    return token, state
