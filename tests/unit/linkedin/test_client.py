import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import urllib3.exceptions

from learning_graph.linkedin import queries
from learning_graph.linkedin.auth import CredentialPair
from learning_graph.linkedin.http import NoAnswer
from learning_graph.values.errors import (
    AccessDenied,
    AuthorizationLost,
    CredentialRefused,
    DailyQuotaReached,
    LearningGraphError,
    NotFound,
    OutOfTime,
    RequestRefused,
    Throttled,
    Unavailable,
)
from tests.fakes.linkedin import (
    COMBINED,
    CONTENT,
    REPORT,
    Call,
    FakeLinkedIn,
    FakeTime,
    Reply,
    make_client,
)

# The rows of these tests are numbers: what a record holds is of no interest here.
COURSES = replace(queries.assets("COURSE", locale="en_US", licensed_only=True), record=int)
LEARNERS = replace(queries.learners(0, 14), record=int)


def rows_of(client: Any, query: queries.Query = COURSES, start: int = 0) -> list[int]:
    return [row for page in client.pages(query, start) for row in page.records]


# Credentials and tokens: the seed's table "Outcomes by setup".


@pytest.mark.parametrize(
    ("content", "report", "minted"),
    [(COMBINED, None, 1), (None, COMBINED, 1), (COMBINED, COMBINED, 1), (CONTENT, REPORT, 2)],
)
def test_one_token_is_minted_for_each_pair(content: Any, report: Any, minted: int) -> None:
    fake = FakeLinkedIn([1, 2, 3])
    client = make_client(fake, content=content, report=report)
    for query in (COURSES, LEARNERS, COURSES, LEARNERS):
        assert rows_of(client, query) == [1, 2, 3]
    assert len(fake.mints) == minted
    assert client.requests == 4


@pytest.mark.parametrize(
    ("only", "readable", "refused", "key_type"),
    [(CONTENT, COURSES, LEARNERS, "Report"), (REPORT, LEARNERS, COURSES, "Content")],
)
def test_a_pair_of_one_key_type_is_denied_the_other(only: Any, readable: Any, refused: Any, key_type: str) -> None:
    client = make_client(
        FakeLinkedIn([7]), content=only if only is CONTENT else None, report=only if only is REPORT else None
    )
    assert rows_of(client, readable) == [7]
    with pytest.raises(AccessDenied, match="Not enough permissions") as caught:
        rows_of(client, refused)
    assert caught.value.key_type == key_type
    assert key_type in caught.value.resolution


def test_the_token_request_is_a_form_and_the_secret_is_in_no_url() -> None:
    fake = FakeLinkedIn([1])
    rows_of(make_client(fake))
    (mint,) = fake.mints
    assert (mint.method, mint.query) == ("POST", {})
    assert mint.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert mint.body == b"grant_type=client_credentials&client_id=86combined&client_secret=se%2Bcr%2Fet%3D"
    assert "Authorization" not in mint.headers


def test_a_call_carries_the_token_and_no_protocol_header(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    fake = FakeLinkedIn([1])
    rows_of(make_client(fake))
    headers = fake.calls[0].headers
    assert headers["Authorization"] == "Bearer token-1"
    assert "X-Restli-Protocol-Version" not in headers
    assert headers["User-Agent"].startswith("learning-graph/")
    assert "Authorization" not in fake.mints[0].headers


@pytest.mark.parametrize(
    ("expires_in", "good_for", "renewed_at"),
    [(1800, 1739, 1741), ("1800", 1738, 1742), (7_775_999, 7_775_900, 7_775_940), (100, 49, 51), (None, 1739, 1741)],
)
def test_a_token_is_renewed_shortly_before_it_expires(expires_in: Any, good_for: float, renewed_at: float) -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.token_reply = {} if expires_in is None else {"expires_in": expires_in}
    client = make_client(fake, clock=clock)
    for moment, minted in ((0, 1), (good_for, 1), (renewed_at, 2)):
        clock.seconds = moment
        rows_of(client)
        assert len(fake.mints) == minted


def test_a_token_refused_in_the_middle_is_minted_again_and_the_call_repeated() -> None:
    fake = FakeLinkedIn(list(range(500)), page_limit=50)
    refused = threading.Event()

    def revoke_once(call: Any) -> None:
        if call.start == 250 and not refused.is_set():
            refused.set()
            fake.valid_tokens.clear()

    fake.fault = revoke_once
    assert rows_of(make_client(fake)) == list(range(500))
    assert len(fake.mints) == 2


def test_a_second_refusal_in_a_row_ends_the_walk() -> None:
    fake = FakeLinkedIn([1])
    fake.fault = lambda call: Reply(401, {"message": "The token used in the request has expired", "status": 401})
    with pytest.raises(AuthorizationLost, match="has expired"):
        rows_of(make_client(fake))
    assert (len(fake.mints), len(fake.calls)) == (2, 2)


def test_a_token_that_died_in_the_cache_is_no_second_refusal() -> None:
    """While one call was under way, another thread renewed the token, and that one was revoked as well."""
    fake = FakeLinkedIn([7])
    client = make_client(fake)
    client.authenticate("Content")

    def revoke(call: Call) -> None:
        if len(fake.calls) == 1:
            fake.valid_tokens.clear()
            other = threading.Thread(target=client.first_page, args=(COURSES,))
            other.start()
            other.join()
            fake.valid_tokens.clear()

    fake.fault = revoke
    assert rows_of(client) == [7]
    assert len(fake.mints) == 3


@pytest.mark.parametrize(
    ("status", "error", "description"),
    [
        (401, "invalid_client_id", "Client authentication failed"),
        (400, "invalid_client_id", 'The passed in client_id is invalid "86combined"'),
        (401, "access_denied", "This application is not allowed to create application tokens"),
        (400, "invalid_request", 'A required parameter "client_secret" is missing'),
    ],
)
def test_a_refused_pair_is_reported_in_linkedins_words_after_one_call(
    status: int, error: str, description: str
) -> None:
    fake = FakeLinkedIn([1])
    fake.token_faults = [Reply(status, {"error": error, "error_description": description})]
    client = make_client(fake)
    for _ in range(2):
        with pytest.raises(CredentialRefused) as caught:
            rows_of(client)
    refusal = caught.value
    assert (refusal.status, refusal.error, refusal.error_description) == (status, error, description)
    assert ("Relationship Manager" if error == "access_denied" else "Re-copy both values") in refusal.resolution
    assert len(fake.mints) == 1


def test_white_space_around_a_refused_secret_is_pointed_out() -> None:
    with pytest.raises(CredentialRefused) as caught:
        make_client(FakeLinkedIn([]), content=CredentialPair("86combined", "secret ")).authenticate("Content")
    assert "The Client Secret begins or ends with white space" in caught.value.resolution


def test_a_token_host_that_stumbles_is_asked_again() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.token_faults = [
        Reply(500, b"<html>"),
        Reply(200, b""),
        Reply(429, {}, {"Retry-After": "7"}),
    ]
    assert rows_of(make_client(fake, clock=clock)) == [1]
    assert len(fake.mints) == 4
    assert clock.slept[2] >= 7


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"access_token": ""}', b'{"access_token": "a\\nb"}', b'{"access_token": 5}']
)
def test_a_token_host_that_answers_no_token_is_unavailable(body: bytes) -> None:
    fake = FakeLinkedIn([1])
    fake.token_faults = [Reply(200, body) for _ in range(4)]
    with pytest.raises(Unavailable):
        rows_of(make_client(fake))
    assert len(fake.mints) == 4


def test_threads_that_need_a_token_at_once_mint_it_once() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    client = make_client(fake, clock=clock, at_once=8)
    barrier = threading.Barrier(8)

    def read() -> None:
        barrier.wait()
        client.first_page(COURSES)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.mints) == 1


# Statuses: API reference §7.3.


@pytest.mark.parametrize(
    ("reply", "error", "calls"),
    [
        (Reply(400, {"message": "Parameter 'x' is invalid", "status": 400}), RequestRefused, 1),
        (Reply(405, b""), RequestRefused, 1),
        (Reply(302, b"", {"Location": "https://elsewhere.test/"}), RequestRefused, 1),
        (Reply(403, {"message": "Not enough permissions"}), AccessDenied, 1),
        (Reply(404, {"message": "Resource not found"}), NotFound, 1),
        (Reply(429, {"message": "throttle APPLICATION DAY limit is reached."}), DailyQuotaReached, 1),
        (Reply(500, {"message": "Internal Server Error"}), Unavailable, 4),
        (Reply(502, b"<html>Bad gateway</html>"), Unavailable, 4),
        (Reply(503, b""), Unavailable, 4),
        (Reply(504, b""), Unavailable, 4),
        (Reply(408, b""), Unavailable, 4),
        (Reply(200, b""), Unavailable, 4),
        (Reply(200, b"<html>Signed out</html>"), Unavailable, 4),
        (Reply(200, b'{"elements": [{"urn": "urn:li'), Unavailable, 4),
        (Reply(200, {"paging": {}}), Unavailable, 4),
        (Reply(200, {"elements": None}), Unavailable, 4),
        (Reply(200, {"elements": {"a": 1}}), Unavailable, 4),
        (Reply(200, b"null"), Unavailable, 4),
        (Reply(200, b'{"elements": ["\xff"]}'[:-3]), Unavailable, 4),
        (Reply(error=requests.ConnectionError("reset")), Unavailable, 4),
        (Reply(error=requests.exceptions.ChunkedEncodingError("broken")), Unavailable, 4),
        (Reply(error=urllib3.exceptions.IncompleteRead(3, 5)), Unavailable, 4),
        (Reply(error=ConnectionResetError()), Unavailable, 4),
        (Reply(error=requests.ReadTimeout()), NoAnswer, 4),
        (Reply(error=requests.ConnectTimeout()), NoAnswer, 4),
    ],
)
def test_an_answer_is_reported_by_what_to_do_about_it(
    reply: Reply, error: type[LearningGraphError], calls: int
) -> None:
    fake = FakeLinkedIn([1])
    fake.faults = [reply] * 4
    with pytest.raises(error) as caught:
        rows_of(make_client(fake))
    assert type(caught.value) is error
    assert len(fake.calls) == calls


def test_linkedins_message_is_in_the_error() -> None:
    fake = FakeLinkedIn([1])
    fake.faults = [Reply(400, {"message": "Parameter 'timeOffset' is invalid", "status": 400})]
    with pytest.raises(RequestRefused, match="Parameter 'timeOffset' is invalid"):
        rows_of(make_client(fake), LEARNERS)


@pytest.mark.parametrize(
    "reply",
    [Reply(500, b""), Reply(200, b""), Reply(error=requests.ConnectionError()), Reply(429, {"message": "Too many"})],
)
def test_a_failure_that_passes_costs_no_data(reply: Reply) -> None:
    fake = FakeLinkedIn(list(range(40)), page_limit=10)
    fake.faults = [reply, reply]
    assert rows_of(make_client(fake)) == list(range(40))


def test_waiting_grows_with_jitter_and_honours_retry_after() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.faults = [
        Reply(429, b"", {"Retry-After": "30"}),
        Reply(429, b"", {"Retry-After": "Sat, 21 Nov 2026 16:01:30 GMT"}),
        Reply(500, b""),
    ]
    rows_of(make_client(fake, clock=clock))
    assert 30 <= clock.slept[0] <= 31
    assert clock.slept[0] + clock.slept[1] >= 90
    assert clock.slept[2] <= 4


def test_a_wait_longer_than_is_sensible_is_given_back_to_the_caller() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.faults = [Reply(429, b"", {"Retry-After": "3600"})]
    with pytest.raises(Throttled) as caught:
        rows_of(make_client(fake, clock=clock))
    assert caught.value.retry_after == 3600
    assert clock.slept == []


def test_after_the_daily_quota_no_call_is_made_with_that_pair_until_midnight_utc() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.faults = [Reply(429, {"message": "throttle APPLICATION DAY limit"})]
    client = make_client(fake, content=CONTENT, report=REPORT, clock=clock)
    for _ in range(3):
        with pytest.raises(DailyQuotaReached) as caught:
            rows_of(client)
    assert (caught.value.key_type, caught.value.until) == ("Content", datetime(2026, 11, 22, tzinfo=UTC))
    assert len(fake.calls) == 1
    assert rows_of(client, LEARNERS) == [1]
    clock.seconds = 8 * 3600
    assert rows_of(client) == [1]


# Time.


def test_no_call_is_made_when_the_time_is_over() -> None:
    fake = FakeLinkedIn([1])
    client = make_client(fake, time_left=lambda: 0.0)
    with pytest.raises(OutOfTime):
        rows_of(client)
    assert fake.mints == fake.calls == []


def test_no_wait_outlives_the_time_left() -> None:
    fake, clock = FakeLinkedIn([1]), FakeTime()
    fake.faults = [Reply(429, b"", {"Retry-After": "20"})] * 4
    with pytest.raises(Throttled):
        rows_of(make_client(fake, clock=clock, time_left=lambda: 30 - clock.seconds))
    assert clock.seconds < 30
    assert len(fake.calls) == 2


def test_a_time_out_is_never_longer_than_the_time_left() -> None:
    fake = FakeLinkedIn([1])
    rows_of(make_client(fake, time_left=lambda: 3.0))
    assert fake.calls[0].timeout == (3.0, 3.0)
    rows_of(make_client(fake, time_left=lambda: 100.0))
    assert fake.calls[1].timeout == (5.0, 100.0)
    rows_of(make_client(fake))
    assert fake.calls[2].timeout == (5.0, 240.0)


def test_silence_cut_short_by_the_end_is_out_of_time() -> None:
    fake = FakeLinkedIn([1])
    fake.faults = [Reply(error=requests.ReadTimeout())]
    with pytest.raises(OutOfTime):
        rows_of(make_client(fake, time_left=lambda: 30.0))


def test_the_reason_of_an_earlier_attempt_outlives_the_end_of_time() -> None:
    fake = FakeLinkedIn([1])
    fake.faults = [Reply(500, {"message": "Internal Server Error"}), Reply(error=requests.ReadTimeout())]
    with pytest.raises(Unavailable, match="Internal Server Error"):
        rows_of(make_client(fake, time_left=lambda: 30.0))


# Bodies.


def test_a_compressed_page_is_read() -> None:
    fake = FakeLinkedIn([1, 2])
    fake.listing = lambda call: Reply(200, fake.page_of(call), {"Content-Encoding": "gzip"})
    assert rows_of(make_client(fake)) == [1, 2]
    assert fake.calls[0].headers["Accept-Encoding"] == "gzip"


def test_a_broken_compressed_page_is_unavailable() -> None:
    fake = FakeLinkedIn([1])
    fake.listing = lambda call: Reply(200, b"")
    client = make_client(fake, attempts=1)
    client.authenticate("Content")
    fake.listing = lambda call: Reply(200, {"elements": []}, {"content-encoding": "gzip"})
    with pytest.raises(Unavailable):
        rows_of(client)


WHOLE = {
    "urn": "urn:li:lyndaCourse:1",
    "title": {"value": "Batch jobs"},
    "type": "COURSE",
    "details": {"availability": "AVAILABLE"},
    "contents": [],
}


def found(client: Any, *urns: str) -> tuple[list[str], list[tuple[int, str]]]:
    pages = list(client.lookups(urns))
    return [asset.urn for page in pages for asset in page.records], [one for page in pages for one in page.rejected]


def test_assets_are_looked_up_by_urn_and_what_cannot_be_had_is_left_out() -> None:
    fake = FakeLinkedIn()
    replies = {"252": Reply(200, {"urn": "urn:li:lyndaCourse:252", "contents": []}), "3": Reply(404), "4": Reply(403)}
    fake.fault = lambda call: replies[call.path.rpartition(":")[2]]
    client = make_client(fake, at_once=1)

    assert found(client, *(f"urn:li:lyndaCourse:{number}" for number in (3, 252, 4))) == (
        ["urn:li:lyndaCourse:252"],
        [],
    )
    assert fake.calls[0].path == "/v2/learningAssets/urn:li:lyndaCourse:3"
    assert fake.calls[0].query == {"includeRetired": "true", "expandDepth": "1"}


@pytest.mark.parametrize(
    ("passing", "calls"), [([], 2), ([Reply(200, {"paging": {}})], 2), ([Reply(200, {"paging": {}}), Reply(500)], 3)]
)
def test_a_lookup_answered_without_urn_is_asked_again(passing: list[Reply], calls: int) -> None:
    fake = FakeLinkedIn()
    lasting = Reply(200, {"paging": {}}) if not passing else Reply(200, WHOLE)
    fake.faults = list(passing)
    fake.fault = lambda call: lasting

    assets, rejected = found(make_client(fake), "urn:li:lyndaCourse:1")
    assert assets == ([] if not passing else ["urn:li:lyndaCourse:1"])
    assert rejected == ([(0, "Object missing required field `urn`")] if not passing else [])
    assert len(fake.calls) == calls


@pytest.mark.parametrize(
    "passing", [{"urn": "urn:li:lyndaCourse:1"}, WHOLE | {"details": None}, WHOLE | {"urn": "urn:li:lyndaCourse:2"}]
)
def test_a_lookup_answered_with_a_part_of_the_asset_or_another_one_is_asked_again(passing: dict[str, Any]) -> None:
    fake = FakeLinkedIn()
    fake.faults = [Reply(200, passing)]
    fake.fault = lambda call: Reply(200, WHOLE)
    (looked_up,) = make_client(fake).lookups(["urn:li:lyndaCourse:1"])

    assert [(asset.urn, asset.details is None) for asset in looked_up.records] == [("urn:li:lyndaCourse:1", False)]
    assert len(fake.calls) == 2


def test_a_lookup_answered_with_another_asset_twice_is_rejected() -> None:
    fake = FakeLinkedIn()
    fake.fault = lambda call: Reply(200, WHOLE)

    assert found(make_client(fake), "urn:li:lyndaCourse:2") == ([], [(0, "The answer is about another URN")])
    assert len(fake.calls) == 2


@pytest.mark.parametrize("body", [b"[]", b"", b'{"urn": "urn'])
def test_a_lookup_answered_with_no_object_is_an_outage(body: bytes) -> None:
    fake = FakeLinkedIn()
    fake.fault = lambda call: Reply(200, body)
    with pytest.raises(Unavailable):
        found(make_client(fake), "urn:li:lyndaCourse:1")


@pytest.mark.parametrize(
    "api_url", ["https://api.linkedin.test", "https://api.linkedin.test/", "https://api.linkedin.test/v2"]
)
def test_a_configured_url_may_end_in_a_slash_or_in_v2(api_url: str) -> None:
    fake = FakeLinkedIn([1])
    rows_of(make_client(fake, api_url=api_url))
    assert fake.calls[0].path == "/v2/learningAssets"


# Secrecy.


def test_no_secret_and_no_token_gets_into_logs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake = FakeLinkedIn([1])
    secret = COMBINED.client_secret
    fake.token_faults = [
        Reply(400, {"error": "invalid_request", "error_description": f"bad {secret} or se%2Bcr%2Fet%3D"})
    ]
    with pytest.raises(CredentialRefused) as refused:
        rows_of(make_client(fake))
    fake.faults = [Reply(500, {"message": "token-2 is broken"}), Reply(401, b""), Reply(400, {"message": "token-3"})]
    with pytest.raises(RequestRefused) as failed:
        rows_of(make_client(fake))
    told = "\n".join(
        [caplog.text, *(str(record.__dict__) for record in caplog.records), str(refused.value), str(failed.value)]
    )
    assert "call failed" in told
    for hidden in (secret, "se%2Bcr%2Fet%3D", "token-2", "token-3"):
        assert hidden not in told
