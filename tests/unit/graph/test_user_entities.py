"""Learners become users as JupiterOne takes them (docs/data-model.md)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.graph.merging import ROBIN, Rows, learner, merged


def user(**given: Any) -> dict[str, Any]:
    """Return the User entity that the snapshot has of one learner."""
    named = {"unique_user_id": "E1", "name": None} | given
    (entity,) = merged(Rows([learner(**named)], window=(14, 14))).users.values()
    return entity


def test_a_learner_has_every_property_of_the_seeds_table_and_of_the_class() -> None:
    entity = user(
        profile_urn=ROBIN,
        unique_user_id="E1001",
        email="robin@example.com",
        name="Robin Sample",
        groups=["Engineering"],
    )

    assert entity == {
        "_key": ROBIN,
        "_type": "linkedin_learning_user",
        "_class": ["User"],
        "name": "Robin Sample",
        "displayName": "Robin Sample",
        "id": ROBIN,
        "firstName": None,
        "lastName": None,
        "email": ["robin@example.com"],
        "emailDomain": ["example.com"],
        "shortLoginId": None,
        "username": ["E1001"],
        "tag.AccountName": "Acme",
        "enterpriseGroupNames": ["Engineering"],
        "profileUrn": ROBIN,
        "uniqueUserId": "E1001",
    }
    assert list(entity) == sorted(entity)


def test_plain_addresses_are_the_users_email_and_what_jupiterone_refuses_is_left_out() -> None:
    plain = ["o'brien@x.com", "a+b@x.com", "A.B@Sub.Example.CO", "x_y@a-b.org"]
    refused = ["user@localhost", "zo\u00eb@x.com", "a b@x.com", "a@x_y.com", "a@@x.com", "@x.com", "a@x.com\n"]
    rows = [learner(None, f"E{number}", email) for number, email in enumerate([*plain, *refused])]
    users = merged(Rows(rows, window=(14, 14))).users

    shown = [users[f"linkedin_learning_user:E{number}"] for number in range(len(rows))]
    assert [entity["email"] for entity in shown] == [*([email] for email in plain), *[None] * len(refused)]
    domains = [["x.com"], ["x.com"], ["sub.example.co"], ["a-b.org"], *[None] * len(refused)]
    assert [entity["emailDomain"] for entity in shown] == domains


@pytest.mark.parametrize(
    ("given", "name", "username", "identifier"),
    [
        ({"name": "Robin", "email": "r@x.com", "profile_urn": ROBIN}, "Robin", ["E1"], ROBIN),
        ({"email": "r@x.com"}, "r@x.com", ["E1"], "E1"),
        ({}, "E1", ["E1"], "E1"),
        ({"unique_user_id": None, "email": "r@x.com"}, "r@x.com", ["r@x.com"], "linkedin_learning_user:r@x.com"),
        (
            {"unique_user_id": None, "email": "user@localhost"},
            "user@localhost",
            None,
            "linkedin_learning_user:user@localhost",
        ),
    ],
)
def test_a_user_is_shown_by_the_best_that_is_known(
    given: dict[str, Any], name: str, username: list[str] | None, identifier: str
) -> None:
    entity = user(**given)

    assert (entity["name"], entity["displayName"]) == (name, name)
    assert (entity["username"], entity["id"]) == (username, identifier)


@pytest.mark.parametrize("groups", [None, [], ["Engineering", "Finance"]])
def test_groups_are_as_linkedin_gives_them(groups: list[str] | None) -> None:
    assert user(groups=groups)["enterpriseGroupNames"] == groups


def test_an_attribute_has_each_value_once_and_none_that_is_empty() -> None:
    attributes: dict[str, str | list[str]] = {
        "country": 'D\u00c9 "x"',
        "team.a": ["x", "y", "x"],
        "empty": [],
        "blank": "",
    }
    snapshot = merged(Rows([learner(ROBIN, attributes=attributes)], window=(14, 14)))
    assert snapshot.table("learner_attributes") == [
        (ROBIN, "country", 'D\u00c9 "x"'),
        (ROBIN, "team.a", "x"),
        (ROBIN, "team.a", "y"),
    ]


def test_attributes_are_those_of_the_newest_window_and_are_carried_over() -> None:
    old = Rows([learner(ROBIN, attributes={"country": ["DE"]})], window=(28, 14))
    new = Rows([learner(ROBIN, attributes={"country": ["FR"], "team": ["a", "b"]})], window=(14, 14))
    before = merged(old, new)
    after = merged(bases=[before])

    assert before.table("learner_attributes") == [
        (ROBIN, "country", "FR"),
        (ROBIN, "team", "a"),
        (ROBIN, "team", "b"),
    ]
    assert after.table("learner_attributes") == before.table("learner_attributes")


def test_attributes_that_were_taken_away_are_gone() -> None:
    before = merged(Rows([learner(ROBIN, attributes={"country": ["DE"]})], window=(28, 14)))
    without = Rows([learner(ROBIN, attributes={})], window=(14, 14))
    beside = Rows([learner(ROBIN, attributes={}), learner(ROBIN, attributes={"team": ["a"]})], window=(14, 14))

    assert "tables/learner_attributes" not in " ".join(merged(without, bases=[before]).files)
    assert merged(beside, bases=[before]).table("learner_attributes") == [(ROBIN, "team", "a")]
