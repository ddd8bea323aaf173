"""One learner is one user, however LinkedIn names them (design, "The graph"; API reference §6.6, §10 point 8)."""

from __future__ import annotations

import pytest

from learning_graph.graph.rows import LearnerRow
from tests.unit.graph.merging import COURSE, KIM, OTHER_COURSE, ROBIN, Rows, Snapshot, engaged, learner, merged

LONE_ID = "linkedin_learning_user:E1001"
LONE_MAIL = "linkedin_learning_user:robin@example.com"


def seen(*rows: LearnerRow, bases: tuple[Snapshot, ...] = ()) -> Snapshot:
    return merged(Rows(rows, window=(14, 14)), bases=bases)


def identifiers(snapshot: Snapshot) -> dict[str, tuple[str | None, str | None, list[str] | None]]:
    return {key: (user["profileUrn"], user["uniqueUserId"], user["email"]) for key, user in snapshot.users.items()}


def test_a_user_is_keyed_by_profile_else_by_own_id_else_by_address() -> None:
    snapshot = seen(
        learner(ROBIN, "E1001", "robin@example.com"),
        learner(None, "E2", "two@example.com"),
        learner(None, None, "Three@Example.com"),
    )

    assert identifiers(snapshot) == {
        ROBIN: (ROBIN, "E1001", ["robin@example.com"]),
        "linkedin_learning_user:E2": (None, "E2", ["two@example.com"]),
        "linkedin_learning_user:three@example.com": (None, None, ["Three@Example.com"]),
    }


@pytest.mark.parametrize(
    "weaker",
    [
        learner(None, "E1001", None),
        learner(None, None, "robin@example.com"),
        learner(None, None, "ROBIN@example.COM"),
        learner(None, "E1001", "robin@example.com"),
        learner(ROBIN, None, None),
        learner(None, "E1001", "robin@private.example"),
    ],
)
def test_one_learner_seen_under_several_identifiers_is_one_user(weaker: LearnerRow) -> None:
    snapshot = seen(weaker, learner(ROBIN, "E1001", "robin@example.com"))

    assert list(snapshot.users) == [ROBIN]
    assert (snapshot.users[ROBIN]["profileUrn"], snapshot.users[ROBIN]["uniqueUserId"]) == (ROBIN, "E1001")


def test_an_address_leads_to_the_only_own_id_it_is_known_with() -> None:
    snapshot = seen(learner(None, None, "robin@example.com"), learner(None, "E1001", "robin@example.com"))

    assert identifiers(snapshot) == {LONE_ID: (None, "E1001", ["robin@example.com"])}


def test_an_own_id_leads_over_its_address_to_the_profile() -> None:
    snapshot = seen(
        learner(ROBIN, None, "robin@example.com"),
        learner(None, "E1001", "robin@example.com"),
        learner(None, "E1001", None),
    )

    assert list(snapshot.users) == [ROBIN]


def test_two_profiles_that_share_an_address_stay_two_users_and_the_address_alone_a_third() -> None:
    snapshot = seen(
        learner(ROBIN, None, "team@example.com", "Robin"),
        learner(KIM, None, "team@example.com", "Kim"),
        learner(None, None, "team@example.com", "The Team"),
    )

    assert {key: user["name"] for key, user in snapshot.users.items()} == {
        ROBIN: "Robin",
        KIM: "Kim",
        "linkedin_learning_user:team@example.com": "The Team",
    }


def test_two_profiles_that_share_an_own_id_stay_two_users() -> None:
    snapshot = seen(learner(ROBIN, "E1001", None, "Robin"), learner(KIM, "E1001", None, "Kim"))

    assert {key: user["name"] for key, user in snapshot.users.items()} == {ROBIN: "Robin", KIM: "Kim"}


def test_an_own_id_weighs_more_than_an_address() -> None:
    snapshot = seen(
        learner(ROBIN, "E1001", "robin@example.com"),
        learner(KIM, "E1002", "kim@example.com"),
        learner(None, "E1001", "kim@example.com"),
    )

    assert sorted(snapshot.users) == [ROBIN, KIM]


def test_an_own_id_that_is_spelt_like_an_address_is_the_address() -> None:
    snapshot = seen(learner(None, "robin@example.com", None), learner(None, None, "robin@example.com"))

    assert list(snapshot.users) == [LONE_MAIL]


def test_the_newest_window_says_name_address_and_groups() -> None:
    older = Rows([learner(ROBIN, "E1001", "old@example.com", "Robin Old", ["A"])], window=(28, 14))
    newer = Rows([learner(ROBIN, None, None, "Robin New", ["B", "C"])], window=(14, 14))

    for parts in ((older, newer), (newer, older)):
        user = merged(*parts).users[ROBIN]
        shown = (user["name"], user["email"], user["uniqueUserId"], user["enterpriseGroupNames"])
        assert shown == ("Robin New", ["old@example.com"], "E1001", ["B", "C"])


def test_a_learner_who_left_every_group_is_in_none() -> None:
    before = seen(learner(ROBIN, groups=["A"]))

    assert seen(learner(ROBIN, groups=[]), bases=(before,)).users[ROBIN]["enterpriseGroupNames"] == []


def test_a_learner_with_engagement_alone_is_a_user_too() -> None:
    snapshot = merged(Rows([engaged(unique_user_id="E1001", email="robin@example.com")], "COURSE", (14, 14)))

    assert identifiers(snapshot) == {ROBIN: (ROBIN, "E1001", ["robin@example.com"])}
    assert f"linkedin_learning_account:86client|has|{ROBIN}" in snapshot.relationships


def test_a_learner_once_seen_stays_a_user() -> None:
    before = seen(learner(ROBIN, "E1001", "robin@example.com", "Robin", ["A"]), learner(KIM))
    after = seen(learner(KIM), bases=(before,))

    assert after.users == before.users
    assert after.carried_over["users"] == 1


@pytest.mark.parametrize(
    ("first", "key"),
    [
        (learner(None, "E1001", None), LONE_ID),
        (learner(None, None, "Robin@Example.com"), LONE_MAIL),
        (learner(None, "E1001", "robin@example.com"), LONE_ID),
        # JupiterOne refuses this address, so that the key alone remembers it.
        (learner(None, None, "zoë@example.com"), "linkedin_learning_user:zoë@example.com"),
    ],
)
def test_a_learner_known_by_less_becomes_the_user_with_the_profile_and_keeps_the_engagement(
    first: LearnerRow, key: str
) -> None:
    row = engaged(profile_urn=None, unique_user_id=first.unique_user_id, email=first.email, completions=1)
    before = merged(Rows([row], "COURSE", (14, 14)))
    assert list(before.users) == [key]

    after = seen(learner(ROBIN, "E1001", first.email or "robin@example.com"), bases=(before,))

    assert list(after.users) == [ROBIN]
    assert after.assigned(ROBIN, COURSE) == before.assigned(key, COURSE)
    assert after.dangling == []
    assert key not in after.entities


def test_two_users_who_turn_out_to_be_one_bring_both_their_completions() -> None:
    by_id = engaged(COURSE, profile_urn=None, unique_user_id="E1001", completed_on=70, completions=1)
    by_mail = engaged(COURSE, profile_urn=None, email="robin@example.com", completed_on=50, completions=1)
    other = engaged(OTHER_COURSE, profile_urn=None, email="robin@example.com", views=4)
    before = merged(Rows([by_id, by_mail, other], "COURSE", (14, 14)))
    assert sorted(before.users) == [LONE_ID, LONE_MAIL]

    after = seen(learner(ROBIN, "E1001", "robin@example.com"), bases=(before,))

    course, other_course = after.assigned(ROBIN, COURSE), after.assigned(ROBIN, OTHER_COURSE)
    assert course is not None
    assert other_course is not None
    assert (course["completed"], course["completedOn"], other_course["views"]) == (True, 50, 4)
    assert after.repeated == []


def test_a_learner_without_a_name_is_shown_by_the_address_of_today() -> None:
    before = seen(learner(ROBIN, None, "old@example.com", None))

    assert (
        seen(learner(ROBIN, None, "new@example.com", None), bases=(before,)).users[ROBIN]["name"] == "new@example.com"
    )


def test_a_renamed_learner_is_the_same_user_under_the_new_name() -> None:
    before = seen(learner(ROBIN, "E1001", "robin@example.com", "Robin Sample"))
    after = seen(learner(ROBIN, "E1001", "robin.other@example.com", "Robin Other"), bases=(before,))

    user = after.users[ROBIN]
    assert (user["name"], user["displayName"], user["email"]) == (
        "Robin Other",
        "Robin Other",
        ["robin.other@example.com"],
    )


@pytest.mark.parametrize(
    "weaker", [learner(None, "E1001", None, "Robin"), learner(None, None, "r@example.com", "Robin")]
)
def test_an_identifier_that_is_given_to_somebody_else_makes_no_user_of_its_own(weaker: LearnerRow) -> None:
    first = seen(weaker)
    second = seen(learner(ROBIN, "E1001", "r@example.com", "Robin"), bases=(first,))
    third = seen(
        learner(ROBIN, "E2002", "robin.new@example.com", "Robin"),
        learner(KIM, "E1001", "r@example.com", "Kim"),
        bases=(second,),
    )

    assert [list(snapshot.users) for snapshot in (second, third, seen(bases=(third,)))] == [
        [ROBIN],
        sorted([KIM, ROBIN]),
        sorted([KIM, ROBIN]),
    ]


def test_an_identifier_of_two_profiles_that_is_seen_alone_is_guessed_to_be_neither() -> None:
    before = seen(learner(None, "E1001", None, "Robin"), learner(ROBIN, "E1001", None, "Robin"))
    after = seen(learner(KIM, "E1001", None, "Kim"), learner(None, "E1001", None, "Kim"), bases=(before,))

    assert sorted(after.users) == sorted([KIM, ROBIN, LONE_ID])
