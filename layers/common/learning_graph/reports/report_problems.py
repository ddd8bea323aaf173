"""What a report could not use as it is, told so that the person who can correct it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from learning_graph.values.errors import FatalError

ReportProblemSeverity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class ReportProblem:
    """One of them: `place` is file, line and field; an `error` leaves something out, a `warning` leaves nothing out."""

    place: str
    problem: str
    resolution: str
    severity: ReportProblemSeverity = "error"

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.resolution}"


class ConfigurationRefused(FatalError):
    """A configuration file is refused as a whole; `problems` name every line and field that is wrong."""

    def __init__(self, problems: tuple[ReportProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)), resolution="Correct the lines named and write the file again.")
        self.problems = problems
