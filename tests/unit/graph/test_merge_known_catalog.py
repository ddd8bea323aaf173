"""What an earlier snapshot knew of the catalogue: kept, replaced or dropped (design, "The graph")."""

from __future__ import annotations

from learning_graph.graph.assembly.snapshot_files import Account
from tests.unit.graph.catalogue import SKILL, TAGGED, TOPIC, VIDEOS, courses, engagement, listed, read, topic, whole
from tests.unit.graph.merging import COURSE, EVERY_TYPE, ROBIN, Rows, merged


def test_an_asset_gone_from_the_catalogue_keeps_its_entity_and_tags_as_long_as_learners_have_it() -> None:
    before = merged(courses(read(title="Gone Soon", tags=[topic()])), engagement(completions=1))
    after = merged(bases=[before])

    assert after.entities[COURSE] == before.entities[COURSE]
    assert after.relationships[TAGGED] == before.relationships[TAGGED]
    assert after.entities[SKILL] == before.entities[SKILL]
    assert after.assigned(ROBIN, COURSE) == before.assigned(ROBIN, COURSE)
    whole(after)


def test_an_asset_gone_from_the_catalogue_that_no_learner_has_is_dropped() -> None:
    before = merged(courses(read(tags=[topic()])))
    after = merged(bases=[before])

    assert list(after.entities) == ["linkedin_learning_account:86client"]
    assert after.relationships == {}


def test_changed_only_reading_keeps_what_it_did_not_read() -> None:
    other, unused = "urn:li:lyndaCourse:800002", "urn:li:skill:7"
    before = merged(courses(read(tags=[topic()]), read(other, tags=[topic(TOPIC)])), listed(topic(unused)))
    changed = courses(read(other, "Other, changed", updated=9))
    after = merged(changed, bases=[before], kept_types=EVERY_TYPE, keep_classifications=True)

    assert after.entities[COURSE] == before.entities[COURSE]
    assert after.entities[other]["name"] == "Other, changed"
    # The changed asset lost its tag; the unread one keeps its own; unused classifications stay.
    assert [edge["_key"] for edge in after.of_type("linkedin_learning_course_has_classification")] == [TAGGED]
    assert {SKILL, TOPIC, unused} <= set(after.entities)
    assert (after.carried_over["courses"], after.carried_over["classifications"]) == (1, 3)
    whole(after)


def test_a_failed_type_is_kept_while_another_is_read_in_full() -> None:
    video = read(VIDEOS[0], "A video", kind="VIDEO")
    before = merged(courses(read()), Rows(video, "VIDEO"))
    after = merged(bases=[before], kept_types=frozenset({"VIDEO"}))

    assert VIDEOS[0] in after.entities
    assert COURSE not in after.entities


def test_a_retired_asset_read_now_replaces_the_state_of_before() -> None:
    before = merged(courses(read()))
    after = merged(courses(read(availability="RETIRED", retiredAt=5)), bases=[before], kept_types=EVERY_TYPE)

    assert (after.entities[COURSE]["isRetired"], after.entities[COURSE]["retiredOn"]) == (True, 5)


def test_content_known_by_activity_alone_becomes_whole_once_it_is_read() -> None:
    before = merged(engagement(content_name="Only Named"))
    read_now = merged(courses(read(title="Whole")), bases=[before])
    afterwards = merged(engagement(content_name="Only Named"), bases=[read_now])

    assert read_now.entities[COURSE]["name"] == "Whole"
    assert afterwards.entities[COURSE]["name"] == "Whole"


def test_a_new_name_from_activity_replaces_an_old_one() -> None:
    before = merged(engagement(content_name="Old Name"))
    after = merged(engagement(content_name="New Name"), bases=[before])

    assert after.entities[COURSE]["name"] == "New Name"


def test_without_the_curated_listing_the_flag_of_before_stays() -> None:
    rows = [row for urn in VIDEOS for row in read(urn, kind="VIDEO")]
    before = merged(Rows([*rows, {"t": "curated", "urn": VIDEOS[1]}], "VIDEO"), curated_known=True)
    after = merged(bases=[before], kept_types=EVERY_TYPE)

    assert [after.entities[urn]["isCuratedForLms"] for urn in VIDEOS] == [False, True, False]


def test_the_account_name_of_today_holds_for_what_is_carried_over() -> None:
    before = merged(courses(read(tags=[topic()])), engagement())
    renamed = Account("86client", "Acme Two", tag=True)
    untagged = Account("86client", "Acme", tag=False)

    after = merged(bases=[before], account=renamed)
    assert {entity["tag.AccountName"] for entity in after.entities.values()} == {"Acme Two"}
    after = merged(bases=[before], account=untagged)
    assert not any("tag.AccountName" in entity for entity in after.entities.values())
