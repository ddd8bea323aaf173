"""Checks the pairs of the request, or of the stored secret, within API Gateway's time limit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from learning_graph.linkedin.auth import CredentialPair, Credentials, read_credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.validation.check import check_pairs
from learning_graph.validation.contract import FieldProblem, PairLabel, ValidateAnswer, ValidateRequest, problem
from learning_graph.validation.reading import pairs_in
from learning_graph.validation.verdicts import answer_of, timeout_problem
from learning_graph.values.clock import Clock
from learning_graph.values.errors import ConfigurationError

TimeLeft = Callable[[], float]

# A host that sends a header now and then resets the socket's time-out, so the call is abandoned instead.
_GRACE: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Validator:
    """Checks credential pairs.

    Args:
        secret_text: reads the stored secret.
        connect: makes a client for the pairs that makes no call when its second argument has no seconds left.
        now: the wall clock.
    """

    secret_text: Callable[[], str]
    connect: Callable[[Credentials, TimeLeft], LinkedInClient]
    now: Clock

    def validate(self, request: ValidateRequest, seconds: float) -> ValidateAnswer:
        """Return the answer when every pair is valid, after `seconds` at the latest.

        Raises:
            ProblemFound: 422, 502, 504 as in `verdicts`, or 422 because the stored secret cannot be used.
        """
        end = time.monotonic() + seconds
        pool = ThreadPoolExecutor(1, thread_name_prefix="validate")
        try:
            future = pool.submit(self._check, request, lambda: end - time.monotonic())
            return future.result(timeout=max(0.0, seconds) + _GRACE)
        except TimeoutError:
            raise timeout_problem(f"Nothing was known after {seconds:g} s.") from None
        finally:
            pool.shutdown(wait=False)

    def _check(self, request: ValidateRequest, time_left: TimeLeft) -> ValidateAnswer:
        given = pairs_in(request)
        pairs = given or self._stored_pairs()
        findings = check_pairs(
            pairs, probe=request.probe, connect=lambda credentials: self.connect(credentials, time_left), now=self.now
        )
        _log.info(
            "credentials checked",
            extra={
                "from_body": bool(given),
                "minted": {label: found.minting is None for label, found in findings.items()},
            },
        )
        return answer_of("body" if given else "secret", pairs, findings, probed=request.probe)

    def _stored_pairs(self) -> dict[PairLabel, CredentialPair]:
        try:
            stored = read_credentials(self.secret_text())
        except ConfigurationError as error:
            found = FieldProblem(field=error.field, problem=error.problem, resolution=error.resolution)
            raise problem(
                "stored-secret", "The stored secret cannot be used", 422, f"{error}.", errors=(found,)
            ) from None
        labelled: dict[PairLabel, CredentialPair | None] = {"content": stored.content, "report": stored.report}
        return {label: pair for label, pair in labelled.items() if pair is not None}
