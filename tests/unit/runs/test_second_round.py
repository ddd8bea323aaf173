"""What only the first round's rows show to be missing is read in a second one, decided once a run (ADR 0006)."""

from __future__ import annotations

import json

from learning_graph.runs.second_round import URNS_A_SHARD, second_round
from learning_graph.store.run import Shard
from learning_graph.values.locales import KNOWN_LOCALES
from tests.fakes.bucket import FakeBucket
from tests.unit.runs.collecting import RUN

OTHERS = KNOWN_LOCALES[1:]
MISSING = {"COURSE": [f"urn:li:lyndaCourse:{number}" for number in range(URNS_A_SHARD + 1)]}


def test_missing_content_is_looked_up_in_shards_of_some_thousands() -> None:
    bucket = FakeBucket()
    shards = second_round(bucket, RUN, unseen_locales={}, missing=MISSING)  # type: ignore[arg-type]

    assert [(shard.step, shard.name, shard.kind, shard.asset_type) for shard in shards] == [
        ("courses", "lookup-00000", "lookup", "COURSE"),
        ("courses", "lookup-00001", "lookup", "COURSE"),
    ]
    asked = [json.loads(bucket.objects[shard.lookup_key or ""]) for shard in shards]
    assert [len(urns) for urns in asked] == [URNS_A_SHARD, 1]
    assert [*asked[0], *asked[1]] == MISSING["COURSE"]


def test_a_type_that_showed_one_locale_is_listed_by_the_names_of_the_others() -> None:
    shards = second_round(FakeBucket(), RUN, unseen_locales={"COURSE": OTHERS, "VIDEO": OTHERS}, missing={})

    assert len({shard.label for shard in shards}) == len(shards) == 3 * len(OTHERS)
    assert all(shard.optional and shard.locale for shard in shards)
    assert {(shard.step, shard.kind) for shard in shards} == {
        ("courses", "assets"),
        ("videos", "assets"),
        ("videos", "curated"),
    }


def test_nothing_missing_is_decided_too() -> None:
    bucket = FakeBucket()

    assert second_round(bucket, RUN, unseen_locales={}, missing={}) == ()
    assert second_round(bucket, RUN, unseen_locales={"COURSE": OTHERS}, missing=MISSING) == ()  # type: ignore[arg-type]


def test_an_assembly_that_comes_second_takes_what_the_first_decided() -> None:
    bucket = FakeBucket()
    first: list[tuple[Shard, ...]] = []

    def another_is_first(effect: str) -> None:
        if effect.startswith("write-if-absent"):
            bucket.effects.spare()
            first.append(second_round(bucket, RUN, unseen_locales={"COURSE": OTHERS}, missing={}))

    bucket.effects.before = another_is_first
    shards = second_round(bucket, RUN, unseen_locales={}, missing=MISSING)  # type: ignore[arg-type]
    assert [shards] == first
    assert len(shards) == len(OTHERS)
