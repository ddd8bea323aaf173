"""Records of learner and content, which come in millions: one template per shape, one formatting per record."""

from __future__ import annotations

from collections.abc import Callable

from local.simulator.aggregation import NEVER, Engagement
from local.simulator.assumptions import Assumptions
from local.simulator.clock import utc_day_start

Metric = tuple[str, str | None, str]  # engagement type, asset type, qualifier
Template = Callable[[Metric, bool], bytes]  # of an activity; True for one that never happened
_ABSENT, _ZERO, _TIMED = range(3)  # how a COMPLETIONS row is shown


class PairEncoder:
    """Activities in the observed order, SECONDS_VIEWED and PROGRESS_PERCENTAGE, then those assumed (§6.6).

    Reads the assumptions once; a new one is made when they change.
    """

    def __init__(self, assumptions: Assumptions, template: Template) -> None:
        self._template = template
        self._templates: dict[tuple[str, int, bool], bytes] = {}
        self._completions = assumptions["completions-row"]
        self._views = assumptions["views-row"] == "present"
        self._cumulative = assumptions["progress"] == "cumulative"
        self._by_day = assumptions["engaged-at"] == "day"
        self._latest = assumptions["latest-data-at"] == "present"

    def record(self, latest: int, learner: bytes, content: bytes, kind: str, row: Engagement) -> bytes:
        """A whole record; ``latest`` is left out where the assumptions say so."""
        first, last = row.first, row.last
        first_completed, last_completed = row.first_completed, row.last_completed
        if self._by_day:
            first, last = utc_day_start(first), utc_day_start(last)
            if first_completed != NEVER:
                first_completed, last_completed = utc_day_start(first_completed), utc_day_start(last_completed)
        completed = self._shown(row)
        progress = row.progress if self._cumulative else max(row.gain, 0)
        numbers: tuple[int, ...] = (last, first, row.seconds, last, first, progress)
        if completed == _TIMED:
            numbers = (*numbers, last_completed, first_completed, row.completions)
        elif completed == _ZERO:
            numbers = (*numbers, 0)
        if self._views:
            numbers = (*numbers, last, first, row.views)
        if row.marked:
            numbers = (*numbers, last, first, row.marked)
        shape = (kind, completed, row.marked > 0)
        template = self._templates.get(shape)
        if template is None:
            template = self._templates[shape] = self._record_template(*shape)
        head = (latest, learner, content) if self._latest else (learner, content)
        return template % (*head, *numbers)

    def _shown(self, row: Engagement) -> int:
        if self._completions == "never" or (self._completions == "nonzero" and not row.completions):
            return _ABSENT
        return _TIMED if row.completions else _ZERO

    def _record_template(self, kind: str, completed: int, marked: bool) -> bytes:
        rows = [self._template((name, kind, "TOTAL"), False) for name in ("SECONDS_VIEWED", "PROGRESS_PERCENTAGE")]
        if completed != _ABSENT:
            rows.append(self._template(("COMPLETIONS", kind, "TOTAL"), completed == _ZERO))
        if self._views:
            rows.append(self._template(("VIEWS", kind, "TOTAL"), False))
        if marked:
            rows.append(self._template(("MARKED_AS_DONE", kind, "TOTAL"), False))
        latest = b'"latestDataAt":%d,' if self._latest else b""
        return b"{" + latest + b'"learnerDetails":%b,"contentDetails":%b,"activities":[' + b",".join(rows) + b"]}"
