"""Run ids and the keys others rely on (design, "Objects in the graph bucket"; JupiterOne, "Relationships")."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from learning_graph.model import keys as model_keys
from learning_graph.store import graph_bucket

TIMES = st.integers(min_value=946_684_800, max_value=4_070_908_800).map(lambda s: datetime.fromtimestamp(s, tz=UTC))
RUN = "20261121T160000Z-1c291ca3"


def test_a_run_id_is_the_time_and_eight_digits_of_the_events_hash() -> None:
    # sha256("abc") begins with ba7816bf, as FIPS 180 has it.
    assert graph_bucket.run_id_of(datetime(2026, 11, 21, 16, tzinfo=UTC), "abc") == "20261121T160000Z-ba7816bf"


@given(time=TIMES, event_id=st.text(max_size=50))
def test_the_same_event_is_always_the_same_run_and_another_event_another(time: datetime, event_id: str) -> None:
    run = graph_bucket.run_id_of(time, event_id)

    assert run == graph_bucket.run_id_of(time, event_id)
    assert run != graph_bucket.run_id_of(time, event_id + "x")
    assert graph_bucket.RUN_ID.fullmatch(run)


@given(times=st.lists(TIMES, min_size=2, max_size=2, unique=True))
def test_run_ids_sort_by_time_whatever_the_event(times: list[datetime]) -> None:
    earlier, later = sorted(times)

    assert graph_bucket.run_id_of(earlier, "z") < graph_bucket.run_id_of(later, "a")


def test_objects_lie_where_the_design_says() -> None:
    assert graph_bucket.plan_key(RUN) == f"runs/{RUN}/plan.json"
    assert graph_bucket.part_key(RUN, "videos", "en_US", 3000) == f"runs/{RUN}/parts/videos/en_US/000003000.jsonl.gz"
    assert graph_bucket.outcome_key(RUN, "users", "1-14d") == f"runs/{RUN}/outcomes/users/1-14d.json"
    assert graph_bucket.manifest_key(RUN) == f"graph/{RUN}/manifest.json"
    assert graph_bucket.LATEST == "graph/latest.json"


def test_parts_of_a_shard_sort_by_their_first_row() -> None:
    starts = [100_000_000, 999_000, 20_000, 1000, 0]
    part_keys = [graph_bucket.part_key(RUN, "videos", "en_US", start) for start in starts]

    assert sorted(part_keys) == part_keys[::-1]


def test_graph_keys_have_jupiterones_form() -> None:
    assert model_keys.account_key("86abc") == "linkedin_learning_account:86abc"
