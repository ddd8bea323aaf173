"""Mint a token for each given pair, once; on request ask each endpoint family for one record.

The seed's "Validation behavior at save time": exactly the pairs given are minted, the fallback between scopes is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import Final

from learning_graph.linkedin import queries
from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.queries import Query
from learning_graph.validation.contract import Endpoint, PairLabel
from learning_graph.values.clock import MILLISECONDS_A_DAY, Clock, to_milliseconds
from learning_graph.values.errors import LearningGraphError

Connect = Callable[[Credentials], LinkedInClient]
Failure = LearningGraphError | None

_THREADS: Final = 6  # two pairs, three endpoint families


@dataclass(frozen=True)
class PairFindings:
    """LinkedIn's answers for one pair; None for a success.

    Attributes:
        minting: the token call.
        probes: the call to each endpoint family; empty where none was made.
    """

    minting: Failure
    probes: Mapping[Endpoint, Failure] = field(default_factory=dict)


def check_pairs(
    pairs: Mapping[PairLabel, CredentialPair], *, probe: bool, connect: Connect, now: Clock
) -> dict[PairLabel, PairFindings]:
    """Check one or two pairs at the same time; the same pair under both labels is minted once.

    Args:
        pairs: by label.
        probe: also ask what each pair may read.
        connect: makes a client for one pair; its `time_left` bounds the check.
        now: for the window of the activity report.
    """
    with ExitStack() as stack:
        clients = {
            pair: stack.enter_context(closing(connect(Credentials(content=pair, report=None))))
            for pair in dict.fromkeys(pairs.values())
        }
        pool = stack.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="check"))
        mintings = dict(zip(clients, pool.map(_mint, clients.values()), strict=True))
        families = one_record_of_each(now) if probe else {}
        asked = [(pair, endpoint) for pair in clients if mintings[pair] is None for endpoint in families]
        answers = pool.map(lambda one: _ask(clients[one[0]], families[one[1]]), asked)
        probes = dict(zip(asked, answers, strict=True))
    return {
        label: PairFindings(
            mintings[pair], {endpoint: failure for (whose, endpoint), failure in probes.items() if whose == pair}
        )
        for label, pair in pairs.items()
    }


def one_record_of_each(now: Clock) -> dict[Endpoint, Query]:
    """Return the smallest request to each endpoint family; the report covers one complete day."""
    two_days_ago = to_milliseconds(now()) - 2 * MILLISECONDS_A_DAY
    questions: dict[Endpoint, Query] = {
        "learningAssets": queries.assets("COURSE", locale="en_US", licensed_only=True, fields="urn"),
        "learningClassifications": queries.classifications("LIBRARY", "en_US"),
        "learningActivityReports": queries.account_totals(two_days_ago, 1),
    }
    return {endpoint: replace(query, page_size=1) for endpoint, query in questions.items()}


def _mint(client: LinkedInClient) -> Failure:
    try:
        client.authenticate("Content")
    except LearningGraphError as failure:
        return failure
    return None


def _ask(client: LinkedInClient, query: Query) -> Failure:
    try:
        client.first_page(query)
    except LearningGraphError as failure:
        return failure
    return None
