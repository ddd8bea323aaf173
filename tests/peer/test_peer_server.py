"""The peer is a server worth testing against: everything can be read by `next` alone, and its rows add up to what
`expected` says of it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peer.catalogue import CURATED_VIDEO, DAY, FETCHED, HOURS_PATH, PLAIN, RETIRED, UNLICENSED, WRONG_TYPE
from tests.peer.expected import expect
from tests.peer.faults import FAULTS, Faults
from tests.peer.running import Peer, running_peer

Json = dict[str, Any]
ASSETS = "/v2/learningAssets?q=criteria&assetFilteringCriteria.assetTypes%5B0%5D="


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture(scope="module")
def token(peer: Peer) -> str:
    return peer.token()


def walk(peer: Peer, token: str, address: str) -> Iterator[Json]:
    """Every page of a listing, from link to link."""
    following: str | None = address
    while following is not None:
        status, page = peer.ask(following, token)
        assert status == 200
        yield page
        links = {link["rel"]: link["href"] for link in page["paging"]["links"]}
        following = links.get("next")


def elements(peer: Peer, token: str, address: str) -> list[Json]:
    return [element for page in walk(peer, token, address) for element in page["elements"]]


def urns(found: list[Json]) -> set[str]:
    return {element["urn"] for element in found if isinstance(element.get("urn"), str)}


def test_tokens_are_given_for_the_exact_pair_only(peer: Peer) -> None:
    form = {"grant_type": "client_credentials", "client_id": "peer-client", "client_secret": "peer secret+/="}
    status, body = peer.ask("/oauth/v2/accessToken", form=form)
    assert (status, body["expires_in"]) == (200, "1800")
    status, body = peer.ask("/oauth/v2/accessToken", form=form | {"client_secret": "peer+secret+/="})
    assert (status, body["error"]) == (401, "invalid_client")
    assert peer.ask("/v2/learningAssets?q=criteria", token="x")[0] == 401


def test_every_asset_is_found_by_following_next(peer: Peer, token: str) -> None:
    found: set[str] = set()
    for kind in ("COURSE", "LEARNING_PATH", "VIDEO"):
        address = f"{ASSETS}{kind}&count=100&assetRetrievalCriteria.includeRetired=true"
        listed = elements(peer, token, address)
        assert len(listed) > len(urns(listed)) or kind == "LEARNING_PATH", "rows come twice"
        found |= urns(listed)
    contents = {"linkedin_learning_course", "linkedin_learning_learning_path", "linkedin_learning_video"}
    wanted = expect(peer.base, peer.base - DAY, peer.base).types
    assert found - {WRONG_TYPE} == {key for key, name in wanted.items() if name in contents}


def test_pages_are_clamped_and_short_and_say_no_total(peer: Peer, token: str) -> None:
    pages = list(walk(peer, token, f"{ASSETS}COURSE&count=100"))
    assert len(pages) > 2
    assert {page["paging"]["count"] for page in pages} == {50}
    assert all(0 < len(page["elements"]) < 50 for page in pages)
    assert all("total" not in page["paging"] for page in pages)


def test_filters_are_honoured(peer: Peer, token: str) -> None:
    assert RETIRED not in urns(elements(peer, token, f"{ASSETS}COURSE&count=100"))
    assert UNLICENSED not in urns(elements(peer, token, f"{ASSETS}COURSE&count=100"))
    everything = f"{ASSETS}COURSE&count=100&assetFilteringCriteria.licensedOnly=false"
    assert UNLICENSED in urns(elements(peer, token, everything))
    curated = f"{ASSETS}VIDEO&count=100&assetFilteringCriteria.isCurated=true"
    assert urns(elements(peer, token, curated)) == {CURATED_VIDEO}


def test_one_asset_by_its_urn(peer: Peer, token: str) -> None:
    assert peer.ask(f"/v2/learningAssets/{FETCHED}", token)[1]["urn"] == FETCHED
    assert peer.ask(f"/v2/learningAssets/{HOURS_PATH}", token)[0] == 404


def test_a_window_is_fourteen_days_at_most(peer: Peer, token: str) -> None:
    assert peer.ask(_reports(peer.base - 15 * DAY, 15, "COURSE"), token)[0] == 400


@pytest.mark.parametrize("lookback", [14, 30, 365])
def test_rows_add_up_to_the_expected_facts_however_the_lookback_is_cut(peer: Peer, token: str, lookback: int) -> None:
    start = peer.base - lookback * DAY
    wanted = expect(peer.base, start, peer.base + 1)
    seconds: dict[str, int] = defaultdict(int)
    for offset in range(0, lookback, 13):
        for kind in ("COURSE", "LEARNING_PATH", "VIDEO"):
            address = _reports(start + offset * DAY, min(13, lookback - offset), kind)
            rows = {str(row): row for row in elements(peer, token, address)}
            for row in rows.values():
                content = row["contentDetails"].get("contentUrn")
                seconds[content] += sum(
                    activity["engagementValue"]
                    for activity in row["activities"]
                    if (activity["engagementType"], activity.get("assetType")) == ("SECONDS_VIEWED", kind)
                )
    told: dict[str, int] = defaultdict(int)
    for (_, content), facts in wanted.assigned.items():
        told[content] += facts["secondsViewed"]
    # Each course window holds one row that says of nobody whose second it is.
    told[PLAIN] += len(range(0, lookback, 13))
    assert {key: value for key, value in seconds.items() if value} == told


def _reports(start: int, days: int, kind: str) -> str:
    window = f"startedAt={start}&timeOffset.unit=DAY&timeOffset.duration={days}"
    criteria = "aggregationCriteria.primary=INDIVIDUAL&aggregationCriteria.secondary=CONTENT"
    return f"/v2/learningActivityReports?q=criteria&{window}&{criteria}&assetType={kind}&count=1000"


def test_faults_are_the_same_for_one_seed_and_end_after_two(peer: Peer) -> None:
    addresses = [f"/v2/learningAssets?start={number}" for number in range(200)]
    once, again = (Faults(0.5, seed=7) for _ in range(2))
    drawn = [once.draw(address) for address in addresses * 3]
    assert drawn == [again.draw(address) for address in addresses * 3]
    assert set(drawn[:200]) == {None, *FAULTS}
    assert set(drawn[400:]) == {None}


def test_a_client_that_tries_again_gets_through_the_faults() -> None:
    with running_peer("--fault-rate", "0.4", "--fault-seed", "3") as faulty:
        statuses = []
        for _ in range(3):
            try:
                statuses.append(faulty.ask("/oauth/v2/accessToken", form={"grant_type": "client_credentials"})[0])
            except (OSError, ValueError):
                statuses.append(0)
        assert statuses[-1] == 401
