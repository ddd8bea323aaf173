"""`python -m local chaos`: random faults in the local run; afterwards the graph is the undisturbed one.

Every schedule has a seed of its own; one that fails prints the command that repeats it.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from datetime import timedelta
from pathlib import Path

from local.chaos.checks import Result, problems_after, result_of
from local.chaos.fault_schedule import DAY, FaultSchedule, random_schedule, undisturbed_schedule
from local.chaos.runner import LOOKBACK, NOW, ChaosRunner, RunNeverEnded

_FIRST_WINDOW = round(NOW.timestamp() * 1000) - LOOKBACK * DAY
_WINDOWS = list(range(_FIRST_WINDOW, _FIRST_WINDOW + LOOKBACK * DAY, 14 * DAY))
_EARLIER = NOW - timedelta(days=3)


class Chaos:
    """Runs schedules and compares what each leaves with an undisturbed run."""

    def __init__(self, runner: ChaosRunner, out: Path) -> None:
        self._runner = runner
        self._out = out
        self._references: dict[tuple[bool, str | None], Result] = {}
        self._earlier: dict[str, bytes] = {}

    def problems_of(self, schedule: FaultSchedule) -> list[str]:
        """Run a schedule and return what is wrong afterwards."""
        reference = self._reference(schedule)
        try:
            runs = self._runner.run(schedule, self._before(schedule))
        except RunNeverEnded as error:
            return [f"without an end: {error}"]
        objects = self._runner.cloud.objects("graph/")
        return problems_after(schedule, runs, objects, reference=reference, latest=self._runner.latest, out=self._out)

    def _reference(self, schedule: FaultSchedule) -> Result:
        place = (schedule.earlier_snapshot, schedule.permanent)
        if place not in self._references:
            undisturbed = undisturbed_schedule(schedule.permanent, schedule.permanent_kind)
            [run_id] = self._runner.run(undisturbed, self._before(schedule))
            self._references[place] = result_of(self._runner.cloud.objects("graph/"), run_id)
        return self._references[place]

    def _before(self, schedule: FaultSchedule) -> dict[str, bytes]:
        if schedule.earlier_snapshot and not self._earlier:
            self._runner.run(undisturbed_schedule(), {}, at=_EARLIER)
            self._earlier = self._runner.cloud.objects()
        return self._earlier if schedule.earlier_snapshot else {}


def main(arguments: list[str]) -> int:
    """Run the schedules: 0 if every graph was right, 1 if not."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=options.out / "chaos.log", filemode="w", format="%(asctime)s %(message)s")
    failed: list[int] = []
    with ChaosRunner(options.out) as runner, (options.out / "events.jsonl").open("w", encoding="utf-8") as events:
        chaos = Chaos(runner, options.out)
        for seed in range(options.seed, options.seed + options.runs):
            schedule = random_schedule(seed, _WINDOWS)
            began = time.monotonic()
            problems = chaos.problems_of(schedule)
            events.writelines(json.dumps(event) + "\n" for event in runner.cloud.take_events())
            verdict = "WRONG" if problems else "PARTIAL, as it must be" if schedule.failing else "ok"
            seconds = time.monotonic() - began
            print(f"seed {seed}  {verdict}  {seconds:.1f} s  {runner.kills} kills  {schedule}", flush=True)
            if not problems:
                continue
            failed.append(seed)
            for problem in problems:
                print(f"  {problem}", flush=True)
            print(f"  again: python -m local chaos --seed {seed} --runs 1", flush=True)
            if not options.keep_going:
                break
    done = f"{options.runs} schedules" if not failed else f"seeds {', '.join(map(str, failed))} failed"
    print(f"chaos: {done}", file=sys.stderr if failed else sys.stdout)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="of the first schedule; the next have the next"
    )
    parser.add_argument("--runs", type=int, default=25, metavar="N", help="how many schedules")
    parser.add_argument("--keep-going", action="store_true", help="run the other schedules after one that failed")
    parser.add_argument(
        "--out", type=Path, default=Path("build/chaos"), help="folder for logs and events (default build/chaos)"
    )
    return parser
