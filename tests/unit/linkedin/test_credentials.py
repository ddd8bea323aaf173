import json
import traceback

import pytest

from learning_graph.linkedin.auth import CredentialPair, Credentials, read_credentials
from learning_graph.values.errors import ConfigurationError

CONTENT = {"contentClientId": "86c", "contentClientSecret": "hush-content"}
REPORT = {"reportClientId": "86r", "reportClientSecret": "hush-report"}


def test_each_key_type_is_read_with_its_own_pair_when_both_are_given() -> None:
    credentials = read_credentials(json.dumps(CONTENT | REPORT))
    assert credentials.pair_for("Content") == CredentialPair("86c", "hush-content")
    assert credentials.pair_for("Report") == CredentialPair("86r", "hush-report")


@pytest.mark.parametrize("only", [CONTENT, REPORT])
def test_a_single_pair_serves_both_key_types_and_names_the_account(only: dict[str, str]) -> None:
    credentials = read_credentials(json.dumps(only))
    assert credentials.pair_for("Content") == credentials.pair_for("Report")
    assert len(credentials.pairs) == 1
    assert credentials.account_key_ref in only.values()


def test_the_content_client_id_names_the_account_when_there_are_two() -> None:
    assert read_credentials(json.dumps(REPORT | CONTENT)).account_key_ref == "86c"


def test_the_same_pair_twice_is_one_pair() -> None:
    pair = CredentialPair("86c", "hush")
    assert Credentials(pair, CredentialPair("86c", "hush")).pairs == (pair,)


def test_a_secret_never_shows_in_a_repr() -> None:
    assert "hush" not in repr(read_credentials(json.dumps(CONTENT | REPORT)))


@pytest.mark.parametrize("empty", ["", None])
def test_a_pair_whose_members_are_both_empty_is_absent(empty: str | None) -> None:
    secret = CONTENT | {"reportClientId": empty, "reportClientSecret": empty}
    assert read_credentials(json.dumps(secret)) == read_credentials(json.dumps(CONTENT))


def test_a_byte_order_mark_before_the_secret_is_skipped() -> None:
    assert read_credentials("\ufeff" + json.dumps(CONTENT)) == read_credentials(json.dumps(CONTENT))


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ("hush-not-json", "LINKEDIN_SECRET_ARN"),
        ("", "LINKEDIN_SECRET_ARN"),
        ("[" * 100_000, "LINKEDIN_SECRET_ARN"),
        ('["hush-list"]', "LINKEDIN_SECRET_ARN"),
        ('"hush-text"', "LINKEDIN_SECRET_ARN"),
        ("{}", "LINKEDIN_SECRET_ARN"),
        (json.dumps(dict.fromkeys(CONTENT | REPORT, "")), "LINKEDIN_SECRET_ARN"),
        (json.dumps(CONTENT | {"contentClientID": "hush"}), "contentClientID"),
        (json.dumps({"contentClientId": "86c"}), "contentClientSecret"),
        (json.dumps({"reportClientSecret": "hush"}), "reportClientId"),
        (json.dumps(CONTENT | {"reportClientId": "86r"}), "reportClientSecret"),
        (json.dumps(CONTENT | {"contentClientSecret": ""}), "contentClientSecret"),
        (json.dumps(CONTENT | {"contentClientSecret": "  "}), "contentClientSecret"),
        (json.dumps(CONTENT | {"contentClientSecret": "hush "}), "contentClientSecret"),
        (json.dumps(CONTENT | {"contentClientId": "\n86c"}), "contentClientId"),
        (json.dumps(CONTENT | {"contentClientId": 86}), "contentClientId"),
        (json.dumps(REPORT | {"reportClientSecret": None}), "reportClientSecret"),
    ],
)
def test_a_secret_of_a_wrong_shape_is_refused_by_the_name_of_the_member(secret: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_credentials(secret)
    assert caught.value.field == field
    assert caught.value.resolution
    assert "hush" not in "".join(traceback.format_exception(caught.value)) + caught.value.resolution
