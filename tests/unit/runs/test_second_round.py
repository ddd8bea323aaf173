"""What only the first round's rows show to be missing is read in a second one, decided once a run (ADR 0006)."""

from __future__ import annotations

import json

from learning_graph.runs.second_round import URNS_A_SHARD, lookups, other_locales
from learning_graph.store.run import Shard
from learning_graph.values.locales import KNOWN_LOCALES
from learning_graph.values.steps import AssetType
from tests.fakes.bucket import FakeBucket
from tests.unit.runs.collecting import RUN

OTHERS = KNOWN_LOCALES[1:]
MISSING: dict[AssetType, list[str]] = {"COURSE": [f"urn:li:lyndaCourse:{number}" for number in range(URNS_A_SHARD + 1)]}


def test_missing_content_is_looked_up_in_shards_of_some_thousands() -> None:
    bucket = FakeBucket()
    shards = lookups(bucket, RUN, MISSING)

    assert [(shard.step, shard.name, shard.kind, shard.asset_type) for shard in shards] == [
        ("courses", "lookup-00000", "lookup", "COURSE"),
        ("courses", "lookup-00001", "lookup", "COURSE"),
    ]
    asked = [json.loads(bucket.objects[shard.lookup_key or ""]) for shard in shards]
    assert [len(urns) for urns in asked] == [URNS_A_SHARD, 1]
    assert [*asked[0], *asked[1]] == MISSING["COURSE"]


def test_a_type_that_showed_one_locale_is_listed_by_the_names_of_the_others() -> None:
    shards = other_locales(FakeBucket(), RUN, {"COURSE": OTHERS, "VIDEO": OTHERS})

    assert len({shard.label for shard in shards}) == len(shards) == 3 * len(OTHERS)
    assert all(shard.optional and shard.locale for shard in shards)
    assert {(shard.step, shard.kind) for shard in shards} == {
        ("courses", "assets"),
        ("videos", "assets"),
        ("videos", "curated"),
    }


def test_nothing_missing_is_decided_too() -> None:
    bucket = FakeBucket()

    assert lookups(bucket, RUN, {}) == ()
    assert lookups(bucket, RUN, MISSING) == ()


def test_an_assembly_that_comes_second_takes_what_the_first_decided() -> None:
    bucket = FakeBucket()
    first: list[tuple[Shard, ...]] = []

    def another_is_first(effect: str) -> None:
        if effect.startswith("write-if-absent"):
            bucket.effects.spare()
            first.append(lookups(bucket, RUN, {"VIDEO": MISSING["COURSE"]}))

    bucket.effects.before = another_is_first
    shards = lookups(bucket, RUN, MISSING)
    assert [shards] == first
    assert {shard.step for shard in shards} == {"videos"}
