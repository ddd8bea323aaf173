"""Which content and classifications a snapshot has: read now, or named by activity alone."""

from __future__ import annotations

import pytest

from learning_graph.graph.rows import Row
from tests.unit.graph.catalogue import SKILL, TOPIC, VIDEOS, courses, engagement, listed, read, topic, whole
from tests.unit.graph.merging import COURSE, Rows, engaged, merged


def test_an_asset_hangs_on_the_account_and_on_its_classifications() -> None:
    snapshot = merged(courses(read(tags=[topic()])))

    assert list(snapshot.relationships.values()) == [
        {
            "_key": f"{start}|has|{end}",
            "_type": f"{kind}_has_{other}",
            "_class": "HAS",
            "_fromEntityKey": start,
            "_toEntityKey": end,
            "displayName": "HAS",
        }
        for start, end, kind, other in (
            ("linkedin_learning_account:86client", SKILL, "linkedin_learning_account", "classification"),
            ("linkedin_learning_account:86client", COURSE, "linkedin_learning_account", "course"),
            (COURSE, SKILL, "linkedin_learning_course", "classification"),
        )
    ]
    assert sorted(snapshot.entities) == sorted(["linkedin_learning_account:86client", COURSE, SKILL])
    whole(snapshot)


def test_an_asset_that_several_pages_show_is_one_in_its_newest_state() -> None:
    old, new = read(title="Old", updated=1, tags=[topic()]), read(title="New", updated=2, tags=[topic(TOPIC)])

    for assets in ((old, new), (new, old), (old, new, old)):
        snapshot = merged(courses(*assets))
        assert snapshot.entities[COURSE]["name"] == "New"
        assert [edge["_toEntityKey"] for edge in snapshot.of_type("linkedin_learning_course_has_classification")] == [
            TOPIC
        ]
        whole(snapshot)


LISTED_EN = listed(topic(name="Listed en"))
LISTED_DE = listed(topic(name="Listed de", locale=("de", "DE")))
TAG_EN = courses(read(tags=[topic(name="Tag en")]))
TAG_DE = courses(read("urn:li:lyndaCourse:2", tags=[topic(name="Tag de", locale=("de", "DE"))]))


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ([LISTED_DE, LISTED_EN, TAG_EN, TAG_DE], "Listed en"),
        ([TAG_EN, LISTED_DE, TAG_DE], "Listed de"),
        ([TAG_DE, TAG_EN], "Tag en"),
    ],
)
def test_a_classification_has_its_best_name_whatever_the_order(named: list[Rows], name: str) -> None:
    for parts in (named, named[::-1]):
        assert merged(*parts).entities[SKILL]["name"] == name


def test_a_name_of_now_outranks_a_better_placed_name_of_before() -> None:
    before = merged(listed(topic(name="Old")))
    after = merged(
        courses(read(tags=[topic(name="New", locale=("de", "DE"))])), bases=[before], keep_classifications=True
    )

    assert after.entities[SKILL]["name"] == "New"


def test_content_that_activity_alone_names_is_a_minimal_entity() -> None:
    snapshot = merged(engagement(content_name="Our Own Course", content_locale="de_DE"))

    course = snapshot.entities[COURSE]
    assert (course["name"], course["displayName"], course["titleLocale"]) == (
        "Our Own Course",
        "Our Own Course",
        "de_DE",
    )
    assert (course["assetType"], course["urn"], course["tag.AccountName"]) == ("COURSE", COURSE, "Acme")
    assert (course["availability"], course["isRetired"], course["lastUpdatedOn"]) == (None, None, None)
    assert snapshot.missing == {"COURSE": [COURSE]}
    whole(snapshot)


def test_content_without_a_name_anywhere_is_named_by_its_urn() -> None:
    assert merged(engagement(content_name=None, content_locale=None)).entities[COURSE]["name"] == COURSE


def test_the_newest_window_names_content_that_activity_alone_knows() -> None:
    older = Rows([engaged(content_name="Old Name")], "COURSE", (28, 14))

    for parts in ((older, engagement(content_name="New Name")), (engagement(content_name="New Name"), older)):
        assert merged(*parts).entities[COURSE]["name"] == "New Name"


def test_content_that_the_catalogue_has_is_neither_missing_nor_minimal() -> None:
    snapshot = merged(courses(read(title="In the Catalogue")), engagement(content_name="As Activity Says"))

    assert snapshot.missing == {}
    assert snapshot.entities[COURSE]["name"] == "In the Catalogue"


def test_missing_content_is_asked_for_by_type_and_in_order() -> None:
    snapshot = merged(
        Rows([engaged("urn:li:lyndaCourse:2"), engaged("urn:li:lyndaCourse:1"), engaged(COURSE)], "COURSE", (14, 14)),
        Rows([engaged(VIDEOS[0])], "VIDEO", (14, 14)),
        courses(read()),
    )

    assert snapshot.missing == {"COURSE": ["urn:li:lyndaCourse:1", "urn:li:lyndaCourse:2"], "VIDEO": [VIDEOS[0]]}


def test_content_known_from_before_is_asked_for_only_where_the_whole_listing_lacks_it() -> None:
    before = merged(courses(read()))

    assert merged(engagement(), bases=[before]).missing == {"COURSE": [COURSE]}
    assert merged(engagement(), bases=[before], read_in_full=frozenset()).missing == {}


@pytest.mark.parametrize(
    ("curated", "flags"),
    [
        (VIDEOS[:1], [True, False, False]),
        ([], [False, False, False]),
        # A server that does not know the filter lists every video: that says nothing.
        (VIDEOS, [None, None, None]),
    ],
)
def test_the_curated_listing_flags_videos(curated: list[str], flags: list[bool | None]) -> None:
    rows = [row for urn in VIDEOS for row in read(urn, kind="VIDEO")]
    curated_rows: list[Row] = [{"t": "curated", "urn": urn} for urn in curated]
    snapshot = merged(Rows([*rows, *curated_rows], "VIDEO"), courses(read()), curated_known=True)

    assert [snapshot.entities[urn]["isCuratedForLms"] for urn in VIDEOS] == flags
    assert snapshot.entities[COURSE]["isCuratedForLms"] is None


def test_a_server_without_the_curated_filter_is_known_by_its_listing_even_if_a_video_was_looked_up() -> None:
    listed_videos = [row for urn in VIDEOS for row in read(urn, kind="VIDEO")]
    everything: list[Row] = [{"t": "curated", "urn": urn} for urn in VIDEOS]
    gone = "urn:li:lyndaVideo:9"
    snapshot = merged(
        Rows([*listed_videos, *everything], "VIDEO"),
        Rows([*read(gone, kind="VIDEO")], "VIDEO"),
        Rows([engaged(gone)], "VIDEO", (14, 14)),
        curated_known=True,
    )

    assert [snapshot.entities[urn]["isCuratedForLms"] for urn in (*VIDEOS, gone)] == [None] * (len(VIDEOS) + 1)


def test_a_run_without_any_rows_is_an_account_and_nothing_else() -> None:
    snapshot = merged()

    assert snapshot.entities == {
        "linkedin_learning_account:86client": {
            "_key": "linkedin_learning_account:86client",
            "_type": "linkedin_learning_account",
            "_class": ["Account"],
            "name": "Acme",
            "displayName": "Acme",
            "vendor": "LinkedIn",
            "accountKeyRef": "86client",
            "tag.AccountName": "Acme",
        }
    }
    assert snapshot.relationships == {}
    assert list(snapshot.files) == [
        "entities/linkedin_learning_account/part-00000.parquet",
        "entities/linkedin_learning_account/part-00000.jsonl.gz",
    ]
