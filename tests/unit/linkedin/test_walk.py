"""Whatever a server's paging looks like: every row once, in order, and an end."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_graph.linkedin import queries
from learning_graph.linkedin.paging import Page
from learning_graph.values.errors import AccessDenied, Unavailable
from tests.fakes.linkedin import Call, FakeLinkedIn, Reply, link, make_client, page

# The rows of these tests are numbers: what a record holds is of no interest here.
COURSES = replace(queries.assets("COURSE", locale="en_US", licensed_only=True), record=int)


def rows_of(fake: FakeLinkedIn, *, start: int = 0, at_once: int = 4) -> list[int]:
    client = make_client(fake, at_once=at_once)
    try:
        return [row for page in client.pages(COURSES, start) for row in page.records]
    finally:
        client.close()


@dataclass(frozen=True)
class Layout:
    """A listing as a server cut it: distance to the next page and rows of each, and what it says the total is."""

    strides: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    totals: tuple[int | None, ...]
    prev_first: bool
    absolute: bool

    def answer(self, call: Call) -> Any:
        starts = list(itertools.accumulate(self.strides, initial=0))
        if call.start not in starts[:-1]:
            # Nobody's page: a guess that went wrong. Its rows must never be seen.
            return page([-1], call.start, 100, self.totals[0], [link("next", call.start + 1)])
        place = starts.index(call.start)
        links = [link("prev", 0)] if self.prev_first and place else []
        if place + 1 < len(self.rows):
            links.append(link("next", starts[place + 1]))
        if self.absolute:
            links = [{**one, "href": "https://elsewhere.test" + one["href"]} for one in links]
        return page(list(self.rows[place]), call.start, 100, self.totals[place], links)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    count = draw(st.integers(1, 14))
    steady = draw(st.integers(1, 100))
    strides = tuple(draw(st.lists(st.just(steady) | st.integers(1, 100), min_size=count, max_size=count)))
    true_total = sum(strides)
    kind = draw(st.sampled_from(["exact", "high", "low", "changing", "missing"]))
    totals: st.SearchStrategy[int | None] = {
        "exact": st.just(true_total),
        "high": st.just(true_total * 3),
        "low": st.integers(0, true_total),
        "changing": st.integers(0, 2 * true_total),
        "missing": st.none(),
    }[kind]
    fewest = 0 if kind in ("exact", "high") else 1  # an empty page beyond the total is an end
    numbers = itertools.count()
    rows = []
    for stride in strides:
        length = draw(st.integers(min(fewest, stride), min(stride, 4)))
        rows.append(tuple(itertools.islice(numbers, length)))
    return Layout(
        strides,
        tuple(rows),
        tuple(draw(st.lists(totals, min_size=count, max_size=count))),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@settings(deadline=None, max_examples=60)
@given(layouts(), st.integers(1, 5))
def test_every_row_of_any_layout_comes_once_and_in_order(layout: Layout, at_once: int) -> None:
    fake = FakeLinkedIn()
    fake.listing = layout.answer
    assert rows_of(fake, at_once=at_once) == list(itertools.chain(*layout.rows))
    # Guesses that went wrong cost calls, but no more than are held at once.
    assert len(fake.calls) <= len(layout.rows) * (2 * at_once + 3)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 700), st.sampled_from([1, 7, 50, 100]), st.integers(0, 750), st.integers(1, 8))
def test_a_walk_may_begin_anywhere(total: int, page_limit: int, start: int, at_once: int) -> None:
    fake = FakeLinkedIn(list(range(total)), page_limit=page_limit)
    assert rows_of(fake, start=start, at_once=at_once) == list(range(total))[start:]


def test_a_regular_listing_costs_one_call_a_page() -> None:
    fake = FakeLinkedIn(list(range(1000)))
    rows_of(fake)
    assert sorted(call.start for call in fake.calls) == list(range(0, 1000, 100))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 300), st.integers(1, 100), st.booleans())
def test_without_any_links_the_rows_that_came_say_where_to_go_on(
    total: int, page_limit: int, with_paging: bool
) -> None:
    fake = FakeLinkedIn(list(range(total)))
    limit = page_limit if with_paging else 100

    def listing(call: Call) -> Any:
        rows = fake.rows[call.start : call.start + limit]
        paging = {"start": call.start, "count": 100, "total": total}
        return {"paging": paging, "elements": rows} if with_paging else {"elements": rows}

    fake.listing = listing
    assert rows_of(fake) == list(range(total))


@pytest.mark.parametrize("total", ["250", 250.0])
def test_a_total_of_any_form_says_that_a_full_page_without_links_is_not_the_last(total: Any) -> None:
    fake = FakeLinkedIn()
    fake.listing = lambda call: page(list(range(250))[call.start : call.start + 100], call.start, 100, total, [])
    assert rows_of(fake) == list(range(250))


def test_an_empty_page_in_the_middle_is_walked_over() -> None:
    fake = FakeLinkedIn()
    middle = {0: [1, 2], 100: [], 200: [], 300: [3]}
    fake.listing = lambda call: page(
        middle[call.start], call.start, 100, 301, [link("next", call.start + 100)] if call.start < 300 else []
    )
    assert rows_of(fake) == [1, 2, 3]


# Faults that pass: an answer that contradicts its own total is asked for again.


@pytest.mark.parametrize("at", [0, 300, 900])
@pytest.mark.parametrize("fault", ["empty-page", "repeat-page", "no-links", "loop-link"])
def test_a_page_that_was_wrong_once_loses_no_rows(fault: str, at: int) -> None:
    fake = FakeLinkedIn(list(range(1000)))
    struck: list[int] = []

    def listing(call: Call) -> Any:
        answer = fake.page_of(call)
        if call.start != at or struck:
            return answer
        struck.append(at)
        return {
            "empty-page": {**answer, "elements": []},
            "repeat-page": {**answer, "elements": list(range(100))},
            "no-links": {**answer, "paging": {**answer["paging"], "links": []}},
            "loop-link": {**answer, "paging": {**answer["paging"], "links": [link("next", at)]}},
        }[fault]

    fake.listing = listing
    assert rows_of(fake) == list(range(1000))
    assert len(fake.calls) <= 11


def test_a_listing_that_insists_on_ending_before_its_total_ends_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake = FakeLinkedIn(list(range(300)))

    def listing(call: Call) -> Any:
        answer = fake.page_of(call)
        answer["paging"]["total"] = 5000
        return answer

    fake.listing = listing
    assert rows_of(fake, at_once=1) == list(range(300))
    assert "a page contradicts its listing" in caplog.text


# Servers that never say where the end is.


def for_ever(call: Call, rows: list[int], total: Any) -> Any:
    return page(rows, call.start, 100, total, [link("next", call.start + 100)])


@pytest.mark.parametrize("total", [None, 0, 250, "251", -1])
@pytest.mark.parametrize("rows", [[], [5]], ids=["empty", "repeated"])
def test_empty_or_repeated_pages_for_ever_come_to_an_end(rows: list[int], total: Any) -> None:
    fake = FakeLinkedIn()
    fake.listing = lambda call: for_ever(call, rows, total)
    assert set(rows_of(fake)) == set(rows)
    assert len(fake.calls) <= 40


@pytest.mark.parametrize("rows", [[], [5]], ids=["empty", "repeated"])
def test_a_total_that_runs_ahead_of_the_reader_is_not_followed_for_ever(rows: list[int]) -> None:
    fake = FakeLinkedIn()
    fake.listing = lambda call: for_ever(call, rows, call.start + 5000)
    rows_of(fake)
    assert len(fake.calls) <= 180


@pytest.mark.parametrize("cycle", [2, 3])
def test_pages_that_come_round_again_come_to_an_end(cycle: int) -> None:
    fake = FakeLinkedIn()
    fake.listing = lambda call: for_ever(call, [call.start // 100 % cycle], None)
    assert set(rows_of(fake)) == set(range(cycle))
    assert len(fake.calls) <= 40


@pytest.mark.parametrize(
    "href", ["?start=0", "?start=100", "?start=-5", "?start=x", "?q=criteria", "http://[", 7, None]
)
def test_a_next_link_that_does_not_lead_on_loses_and_loops_nothing(href: Any) -> None:
    fake = FakeLinkedIn(list(range(250)))

    def listing(call: Call) -> Any:
        rows = fake.rows[call.start : call.start + 100]
        return page(rows, call.start, 100, 250, [{"rel": "next", "href": href}])

    fake.listing = listing
    assert rows_of(fake, start=100) == list(range(100, 250))


@pytest.mark.parametrize("links", ["next", [None, 3], {"rel": "next"}, None])
def test_links_of_an_odd_shape_lose_nothing(links: Any) -> None:
    fake = FakeLinkedIn(list(range(150)))
    fake.listing = lambda call: page(fake.rows[call.start : call.start + 100], call.start, 100, 150, links)
    assert rows_of(fake) == list(range(150))


def test_a_full_page_without_a_next_link_is_not_the_last_where_the_total_says_more() -> None:
    fake = FakeLinkedIn(list(range(250)))
    fake.listing = lambda call: page(fake.rows[call.start : call.start + 100], call.start, 100, 250, [])
    assert rows_of(fake) == list(range(250))
    assert len(fake.calls) == 3


# Records that cannot be used, and rows that move.


def listing(*answers: list[Any]) -> list[Page]:
    """The pages of a listing of two rows a page; each offset has answers that come one after the other."""
    waiting = [list(rows) for rows in answers]
    fake = FakeLinkedIn()

    def answer(call: Call) -> Any:
        rows = waiting[call.start // 2]
        shown = rows.pop(0) if len(rows) > 1 else rows[0]
        links = [link("next", call.start + 2)] if call.start // 2 + 1 < len(waiting) else []
        return page(shown, call.start, 2, 2 * len(waiting), links)

    fake.listing = answer
    client = make_client(fake, at_once=1)
    pages = list(client.pages(replace(COURSES, page_size=2)))
    assert len(fake.calls) <= 2 * len(answers) + 1
    return pages


def test_a_page_with_a_record_that_cannot_be_used_is_asked_for_once_more() -> None:
    first, second = listing([[1, None], [1, 2]], [[3, 4]])
    assert (first.records, first.rejected, second.records) == ([1, 2], (), [3, 4])


def test_a_record_that_cannot_be_used_twice_is_rejected_alone() -> None:
    _, second = listing([[1, 2]], [[None, 4]])
    assert (second.records, second.rejected) == ([4], ((2, "Expected `int`, got `null`"),))


@pytest.mark.parametrize(
    ("rows", "repeats"),
    [([[1, 2], [3, 4], [5, 6]], [False] * 3), ([[1, 2], [2, 3], [4, 5]], [False, True, False])],
)
def test_a_page_that_repeats_a_record_of_the_page_before_says_so(rows: list[list[int]], repeats: list[bool]) -> None:
    assert [one.repeats for one in listing(*([shown] for shown in rows))] == repeats


# Errors and threads.


def test_the_pages_before_a_failed_one_are_delivered_first() -> None:
    fake = FakeLinkedIn(list(range(1000)))
    fake.fault = lambda call: Reply(500, b"") if call.start == 500 else None
    seen: list[int] = []

    def each() -> Iterator[None]:
        for one in make_client(fake, at_once=8).pages(COURSES):
            seen.append(one.start)
            yield

    with pytest.raises(Unavailable):
        list(each())
    assert seen == [0, 100, 200, 300, 400]


def test_a_denied_first_page_costs_one_call() -> None:
    fake = FakeLinkedIn(list(range(1000)))
    fake.fault = lambda call: Reply(403, b"")
    with pytest.raises(AccessDenied):
        rows_of(fake)
    assert len(fake.calls) == 1


def test_a_walk_that_is_left_early_makes_no_more_calls() -> None:
    fake = FakeLinkedIn(list(range(100_000)))
    client = make_client(fake, at_once=3)
    walk = client.pages(COURSES)
    next(walk)
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    calls = len(fake.calls)
    assert calls <= 2 + 2 * 3
    threading.Event().wait(0.05)
    assert len(fake.calls) == calls


def test_few_more_pages_are_read_ahead_than_calls_may_run_at_once() -> None:
    fake = FakeLinkedIn(list(range(10_000)))
    client = make_client(fake, at_once=2)
    for place, _ in enumerate(client.pages(COURSES), start=1):
        assert len(fake.calls) <= place + 2 + 4
    assert place == 100


def test_calls_run_at_once_but_never_more_than_allowed() -> None:
    fake = FakeLinkedIn(list(range(2000)))
    running, most = [0], [0]
    lock = threading.Lock()
    together = threading.Barrier(3)

    def slow(call: Call) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        if 100 <= call.start <= 300:
            together.wait(timeout=5)
        with lock:
            running[0] -= 1

    fake.fault = slow
    assert rows_of(fake, at_once=3) == list(range(2000))
    assert most[0] == 3


def test_a_listing_that_shifts_while_it_is_read_keeps_its_order() -> None:
    fake = FakeLinkedIn(list(range(1000)))

    def grow(call: Call) -> None:
        if call.start == 300:
            fake.rows = [*fake.rows, len(fake.rows)]

    fake.fault = grow
    rows = rows_of(fake)
    assert rows[:1000] == list(range(1000))
