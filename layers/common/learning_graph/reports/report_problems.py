"""Problems of the inputs of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from learning_graph.values.errors import FatalError

ReportProblemSeverity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class ReportProblem:
    """A problem: `place` is file, line and field; with an `error` something is left out, with a `warning` nothing.

    `quote` is the end of the problem that quotes the file: it stands in the reports alone, since files name people.
    """

    place: str
    problem: str
    resolution: str
    severity: ReportProblemSeverity = "error"
    quote: str = ""

    @property
    def without_quote(self) -> str:
        """The problem as events tell it."""
        return self.problem.removesuffix(self.quote)

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.resolution}"


class ConfigurationRefused(FatalError):
    """A configuration file is refused as a whole; `problems` name every line and field that is wrong."""

    def __init__(self, problems: tuple[ReportProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)), resolution="Correct the lines named and write the file again.")
        self.problems = problems
