"""Problems of a dropped file, with place and resolution."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from learning_graph.values.errors import FatalError

Severity = Literal["error", "warning"]

LISTED_WARNINGS: Final = 1000
_SORTED_ERRORS: Final = 10_000
_HEADER: Final = ("line", "column", "problem", "resolution", "severity")


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """A problem of the file, of a row or of a cell.

    Args:
        line: line of the dropped file, counted from 1, on which the row begins; 0 for a problem of the whole file.
        column: the column's header as HR wrote it, empty for a problem of the whole row. Never a cell's content.
        problem: what is wrong.
        resolution: what to do about it.
        severity: a row with an `error` is not sent, one with a `warning` is.
    """

    line: int
    column: str
    problem: str
    resolution: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell; never the cell's content. See `FileProblem`."""

    problem: str
    resolution: str
    severity: Severity = "error"


class FileRefused(FatalError):
    """The file as a whole cannot be read: wrong encoding, no usable header, nothing in it."""

    def __init__(self, problem: str, *, resolution: str, line: int = 0, column: str = "") -> None:
        super().__init__(problem, resolution=resolution)
        self.problem = FileProblem(line, column, problem, resolution)


Report = Callable[[FileProblem], None]


class ProblemLog:
    """Collects problems: counts all, lists errors up to a limit (None: all of them), and 1000 warnings.

    The first 10 000 errors are in the order of lines; further ones (only where every refused row must be listed) follow
    in the order in which they were found, from a scratch file.
    """

    def __init__(self, workspace: Path, *, listed_errors: int | None) -> None:
        self.errors = 0
        self.warnings = 0
        self._bound = listed_errors
        self._first: list[FileProblem] = []
        self._warnings: list[FileProblem] = []
        self._more_path = workspace / "more-errors.csv"
        self._more = self._more_path.open("w", encoding="utf-8", newline="")
        self._more_writer = csv.writer(self._more)
        self._path = workspace / "errors.csv"

    def add(self, problem: FileProblem) -> None:
        if problem.severity == "warning":
            self.warnings += 1
            if len(self._warnings) < LISTED_WARNINGS:
                self._warnings.append(problem)
            return
        self.errors += 1
        if self._bound is not None and self.errors > self._bound:
            return
        if len(self._first) < _SORTED_ERRORS:
            self._first.append(problem)
        else:
            self._more_writer.writerow(_cells(problem))

    @property
    def listed_warnings(self) -> list[FileProblem]:
        return self._warnings

    @property
    def first_error(self) -> FileProblem | None:
        return self._first[0] if self._first else None

    @property
    def unlisted_errors(self) -> int:
        return 0 if self._bound is None else max(0, self.errors - self._bound)

    def close(self) -> None:
        """Close the scratch file; `write` does it too."""
        self._more.close()

    def write(self) -> Path:
        """Write the problems as CSV (line, column, problem, resolution, severity) and return its path."""
        self._more.close()
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADER)
            writer.writerows(_cells(problem) for problem in sorted([*self._first, *self._warnings]))
            with self._more_path.open(encoding="utf-8", newline="") as more:
                while block := more.read(1 << 20):
                    file.write(block)
            if self.unlisted_errors:
                writer.writerow(
                    _cells(
                        FileProblem(
                            0,
                            "",
                            f"{self.unlisted_errors} more problems are not listed",
                            "Correct these and drop again.",
                        )
                    )
                )
        return self._path


def _cells(problem: FileProblem) -> tuple[int | str, ...]:
    # A header that begins like a formula must not be evaluated when the list is opened in a spreadsheet.
    column = "'" + problem.column if problem.column[:1] in tuple("=+-@\t\r") else problem.column
    return (problem.line or "", column, problem.problem, problem.resolution, problem.severity)
