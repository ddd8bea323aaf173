"""Learners become users as JupiterOne takes them (JupiterOne reference, "Entities"; API reference §6.6)."""

from __future__ import annotations

from typing import Any

import pytest

from learning_graph.graph.convert import Tally, learner_converter
from learning_graph.graph.entities import account_entity, user_entity
from learning_graph.graph.rows import LearnerRow
from tests.unit.graph.samples import element, encoded

ROBIN = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"
KIM = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12346)"


def user(**given: Any) -> dict[str, Any]:
    members: dict[str, Any] = dict.fromkeys(("profile_urn", "unique_user_id", "email", "name", "groups"))
    return user_entity("linkedin_learning_user:E1", **(members | {"unique_user_id": "E1", "tags": {}} | given))


def row_of(learner: dict[str, Any]) -> LearnerRow:
    (row,) = learner_converter(Tally())(encoded({"learnerDetails": learner, "activities": []})).rows
    assert isinstance(row, LearnerRow)
    return row


def test_a_learner_has_every_property_of_the_seeds_table_and_of_the_class() -> None:
    entity = user_entity(
        ROBIN,
        profile_urn=ROBIN,
        unique_user_id="E1001",
        email="robin@example.com",
        name="Robin Sample",
        groups=["Engineering"],
        tags={"tag.AccountName": "Acme"},
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


@pytest.mark.parametrize("email", ["o'brien@x.com", "a+b@x.com", "A.B@Sub.Example.CO", "x_y@a-b.org"])
def test_a_plain_address_is_the_users_email(email: str) -> None:
    entity = user(email=email)

    assert (entity["email"], entity["emailDomain"]) == ([email], [email.rpartition("@")[2].lower()])


@pytest.mark.parametrize(
    "email",
    ["user@localhost", "zoë@x.com", "", " ", "a b@x.com", "a@x_y.com", "a@@x.com", "@x.com", "a@x.com ", "a@x.com\n"],
)
def test_an_address_jupiterone_refuses_is_left_out(email: str) -> None:
    entity = user(email=email)

    assert (entity["email"], entity["emailDomain"], entity["username"]) == (None, None, ["E1"])


@pytest.mark.parametrize(
    ("given", "name", "username", "identifier"),
    [
        ({"name": "Robin", "email": "r@x.com", "profile_urn": ROBIN}, "Robin", ["E1"], ROBIN),
        ({"email": "r@x.com"}, "r@x.com", ["E1"], "E1"),
        ({}, "E1", ["E1"], "E1"),
        ({"unique_user_id": None, "email": "r@x.com"}, "r@x.com", ["r@x.com"], "linkedin_learning_user:E1"),
        (
            {"unique_user_id": None},
            "E1",
            None,
            "linkedin_learning_user:E1",
        ),
    ],
)
def test_a_user_is_shown_by_the_best_that_is_known(
    given: dict[str, Any], name: str, username: list[str] | None, identifier: str
) -> None:
    entity = user(**given)

    assert (entity["name"], entity["displayName"], entity["username"], entity["id"]) == (
        name,
        name,
        username,
        identifier,
    )


@pytest.mark.parametrize("groups", [None, [], ["Engineering", "Finance"]])
def test_groups_are_as_linkedin_gives_them(groups: list[str] | None) -> None:
    assert user(groups=groups)["enterpriseGroupNames"] == groups


def test_the_samples_learners_are_read_with_what_they_have() -> None:
    rows = [row for place in range(2) for row in learner_converter(Tally())(element("reports-individual", place)).rows]

    assert rows == [
        LearnerRow(ROBIN, "E1001", "robin@example.com", "Robin Sample", ["Engineering"]),
        LearnerRow(KIM, "E1002", None, "Kim Sample", []),
    ]


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_member_is_the_same_as_a_missing_one(nothing: str | None) -> None:
    learner = {"name": nothing, "email": nothing, "uniqueUserId": "E1", "entity": {"profileUrn": nothing}}

    assert row_of(learner) == LearnerRow(None, "E1", None, None, None)


def test_a_group_named_twice_is_one() -> None:
    assert row_of({"uniqueUserId": "E1", "enterpriseGroups": ["B", "A", "B"]}).groups == ["B", "A"]


@pytest.mark.parametrize(
    "details",
    [
        None,
        {},
        {"name": "Nobody"},
        {"email": "", "uniqueUserId": " ", "entity": {}},
        {"entity": {"accountUrn": "urn:a"}},
    ],
)
def test_a_row_that_names_nobody_is_rejected_with_the_reason(details: dict[str, Any] | None) -> None:
    with pytest.raises(ValueError, match="learnerDetails"):
        learner_converter(Tally())(encoded({"learnerDetails": details, "activities": []}))


def test_the_account_has_the_client_id_that_scopes_it() -> None:
    assert account_entity("86client", "Acme", {"tag.AccountName": "Acme"}) == {
        "_key": "linkedin_learning_account:86client",
        "_type": "linkedin_learning_account",
        "_class": ["Account"],
        "name": "Acme",
        "displayName": "Acme",
        "vendor": "LinkedIn",
        "accountKeyRef": "86client",
        "tag.AccountName": "Acme",
    }
