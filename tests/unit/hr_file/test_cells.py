"""E-mail addresses: the pattern for plain ones agrees with email-validator."""

from __future__ import annotations

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from learning_graph.hr_file import cells

LABELS = st.text(alphabet="aZ0-_é", max_size=4) | st.sampled_from(
    ["xn--", "xn--80ak6aa92e", "ab--c", "a" * 63, "a" * 64]
)
DOMAINS = st.lists(LABELS | st.sampled_from(SPECIAL_USE_DOMAIN_NAMES), max_size=4).map(".".join)
LOCAL_PARTS = st.text(alphabet="aZ0.+'-_ \"é@<>\\/", max_size=6) | st.sampled_from(["a" * 64, "a" * 65])


def is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return True


@given(LOCAL_PARTS, DOMAINS)
@example("a", "example.COM")
@example("a", "corp.local")
@example("a", "example.c1")
@example("a", "1.2.3.4")
@example("a", f"{'a' * 63}.com")
def test_the_pattern_for_plain_addresses_accepts_nothing_that_email_validator_refuses(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert cells.is_email(address) == is_valid(address)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.c0m1",
        "a@example.123",
        f"a@{'b' * 64}.com",
        "a@corp.local",
        "a@localhost",
        "a@ex_ample.com",
        "a@-example.com",
        "a@example..com",
        "a@example.com.",
        "a＠example.com",  # noqa: RUF001 - the full-width sign
        "<a@example.com>",
        "Robin <a@example.com>",
        "mailto:a@example.com",
        "a@example.com;b@example.com",
        "a@example.com\n",
        "a@[192.0.2.1]",
        '"a b"@example.com',
        "a" * 300 + "@example.com",
    ],
)
def test_what_is_not_one_address_that_can_receive_mail_is_refused(address: str) -> None:
    assert not cells.is_email(address)
