import threading

from learning_graph.linkedin import queries
from learning_graph.linkedin.policy import AdaptiveLimit
from tests.unit.linkedin.fake_linkedin import FakeLinkedIn, Reply, make_client


def test_the_limit_halves_once_per_burst_and_never_below_one() -> None:
    limit = AdaptiveLimit(8)
    with limit.slot() as first, limit.slot() as second:
        limit.throttled(first)
        limit.throttled(second)
    assert limit.limit == 4
    for expected in (2, 1, 1):
        with limit.slot() as epoch:
            limit.throttled(epoch)
        assert limit.limit == expected


def test_the_limit_recovers_one_by_one_after_successes_in_a_row() -> None:
    limit = AdaptiveLimit(3, recover_after=2)
    with limit.slot() as epoch:
        limit.throttled(epoch)
    assert limit.limit == 1
    for expected in (1, 2, 2, 3, 3, 3):
        limit.succeeded()
        assert limit.limit == expected


def test_a_call_waits_while_the_limit_is_reached() -> None:
    limit = AdaptiveLimit(1)
    entered = threading.Event()

    def enter() -> None:
        with limit.slot():
            entered.set()

    thread = threading.Thread(target=enter)
    with limit.slot():
        thread.start()
        assert not entered.wait(0.05)
    thread.join(timeout=5)
    assert entered.is_set()


def test_a_throttled_walk_slows_down_recovers_and_loses_nothing() -> None:
    fake = FakeLinkedIn(list(range(10_000)))
    fake.fault = lambda call: None
    client = make_client(fake, at_once=8)
    pages = client.pages(queries.assets("COURSE", locale=None, licensed_only=True))
    rows = [int(bytes(row)) for row in next(pages).elements]
    fake.faults = [Reply(429, {"message": "Too many requests"})] * 2
    rows += [int(bytes(row)) for page in pages for row in page.elements]
    assert rows == list(range(10_000))
    assert client._gate.limit >= 4
