"""The tables that `report_snapshot` writes to `graph/<run>/reports/`, as Parquet and CSV; readers rely on them.

Dates are calendar dates in `ReportTimeZone`; names that end in `On` are instants in epoch milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ColumnType = Literal["VARCHAR", "VARCHAR[]", "BIGINT", "DOUBLE", "BOOLEAN", "DATE"]
Status = Literal["met", "expiring", "due", "overdue", "exempt", "paused", "unknown"]
STATUSES: Final[tuple[Status, ...]] = ("met", "expiring", "due", "overdue", "exempt", "paused", "unknown")


@dataclass(frozen=True)
class ReportColumn:
    """A column: its name, its type in DuckDB's spelling, and its description."""

    name: str
    type: ColumnType
    description: str


@dataclass(frozen=True)
class ReportTable:
    """A table: its name, what a row stands for, and its columns in order."""

    name: str
    row: str
    columns: tuple[ReportColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _columns(*columns: tuple[str, ColumnType, str]) -> tuple[ReportColumn, ...]:
    return tuple(ReportColumn(*column) for column in columns)


REQUIREMENTS: Final = ReportTable(
    "requirements",
    "a requirement of config/requirements.yaml that is in force",
    _columns(
        ("requirementId", "VARCHAR", "its id"),
        ("title", "VARCHAR", "its title"),
        ("owner", "VARCHAR", "who answers for it"),
        ("controls", "VARCHAR[]", "the controls it serves"),
        ("definition", "VARCHAR", "in plain words: who must do what, by when"),
        (
            "population",
            "VARCHAR",
            "`population file <name>`, or `learners known to LinkedIn`: what the list of people rests on",
        ),
        ("populationIsComplete", "BOOLEAN", "whether a population file names everybody in scope"),
        ("contents", "BIGINT", "how many contents of the catalogue count towards it"),
        ("cycleStart", "DATE", "first day of the current cycle, where it has cycles"),
        ("asOfDate", "DATE", "the date it is judged at"),
        ("definitionSha256", "VARCHAR", "changes when content, people, condition or due date are defined otherwise"),
    ),
)

COMPLIANCE: Final = ReportTable(
    "compliance",
    "a person in the scope of a requirement",
    _columns(
        ("requirementId", "VARCHAR", "the requirement"),
        ("requirementTitle", "VARCHAR", "its title"),
        ("personKey", "VARCHAR", "the learner's `_key`, else `population:` and the identifier of the population file"),
        ("learnerKey", "VARCHAR", "the learner's `_key`; null where LinkedIn does not know the person"),
        ("name", "VARCHAR", "the person's name as LinkedIn has it, else as the population file has it"),
        ("email", "VARCHAR", "e-mail address"),
        ("uniqueUserId", "VARCHAR", "the customer's own id of the person"),
        ("groups", "VARCHAR[]", "LinkedIn's groups of the learner and the group of the population file"),
        ("status", "VARCHAR", "met, expiring, due, overdue, exempt, paused or unknown"),
        ("metLate", "BOOLEAN", "met after the due date and its grace"),
        ("withinDays", "BIGINT", "30, 60 or 90: so soon it is due (status due) or must be repeated (status expiring)"),
        ("startDate", "DATE", "start date of the population file, else the day the person was first seen"),
        ("startBasis", "VARCHAR", "`population file` or `first seen`"),
        ("dueDate", "DATE", "last day on time, without grace; in recurrence the day by which it must be repeated"),
        ("graceUntil", "DATE", "last day of the grace; overdue from the day after"),
        (
            "daysOverdue",
            "BIGINT",
            "days from dueDate to the date of the report (overdue, unknown) or to metDate (met late)",
        ),
        ("daysFromStart", "BIGINT", "days from startDate to metDate"),
        ("metDate", "DATE", "the day it was met"),
        ("metOn", "BIGINT", "the instant it was met"),
        ("metBasis", "VARCHAR", "`completedOn`, or `lastEngagedOn` or `lookbackEnd`: met by then at the latest"),
        ("contentKey", "VARCHAR", "the content that met it; of several the last"),
        ("contentTitle", "VARCHAR", "its title"),
        ("progressPercentage", "DOUBLE", "highest progress in the requirement's content so far"),
        ("secondsViewed", "BIGINT", "seconds in the requirement's content, within the lookback of the snapshot"),
        ("lastEngagedOn", "BIGINT", "last engagement with the requirement's content"),
        ("exemptReason", "VARCHAR", "why the person is exempt"),
        ("exemptDecidedBy", "VARCHAR", "who decided it"),
        ("exemptFrom", "DATE", "first day of the exemption"),
        ("exemptUntil", "DATE", "last day of the exemption, null without end"),
        ("pausedFrom", "DATE", "first day of leave, of the population file"),
        ("pausedUntil", "DATE", "last day of leave, null without end"),
        ("proofSnapshot", "VARCHAR", "the run whose snapshot proves it"),
        ("proofWindowStart", "BIGINT", "start of the lookback in which LinkedIn reported it"),
        ("proofWindowEnd", "BIGINT", "end of that lookback"),
        ("proofFile", "VARCHAR", "the file of the snapshot that holds the record"),
        ("proofFileSha256", "VARCHAR", "its SHA-256, as the snapshot's manifest has it"),
        ("proofKey", "VARCHAR", "`_key` of the record in that file"),
        ("explanation", "VARCHAR", "one sentence: why the status is what it is"),
        (
            "identifier",
            "VARCHAR",
            "the population file's identifier in the form it is compared in; null without such a file",
        ),
    ),
)

COMPLIANCE_TOTALS: Final = ReportTable(
    "compliance_totals",
    "a requirement and a group; groupName null is everybody in scope",
    _columns(
        ("requirementId", "VARCHAR", "the requirement"),
        ("requirementTitle", "VARCHAR", "its title"),
        ("groupName", "VARCHAR", "the group, null for all people in scope; a person may be in several groups"),
        ("people", "BIGINT", "people in scope"),
        ("met", "BIGINT", "status met"),
        ("metLate", "BIGINT", "of those met or expiring, how many late"),
        ("expiring", "BIGINT", "status expiring: met, and to be repeated within 90 days"),
        ("due", "BIGINT", "status due"),
        ("overdue", "BIGINT", "status overdue"),
        ("exempt", "BIGINT", "status exempt"),
        ("paused", "BIGINT", "status paused"),
        ("unknown", "BIGINT", "status unknown"),
        ("obliged", "BIGINT", "people without the exempt and the paused"),
        ("metShare", "DOUBLE", "(met + expiring) / obliged, 0 to 1; null where nobody is obliged"),
        ("everMet", "BIGINT", "CIS M3: obliged people who met it at least once"),
        ("neverMet", "BIGINT", "CIS M4: obliged people who never met it"),
        ("current", "BIGINT", "CIS M5: obliged people whose last time still counts (met or expiring)"),
        ("initialCoverage", "DOUBLE", "M3 / (M3 + M4)"),
        ("refreshCoverage", "DOUBLE", "M5 / M3"),
    ),
)

COMPLIANCE_CHANGES: Final = ReportTable(
    "compliance_changes",
    "a person whose status differs from the snapshot before",
    _columns(
        ("requirementId", "VARCHAR", "the requirement"),
        ("requirementTitle", "VARCHAR", "its title"),
        ("personKey", "VARCHAR", "the person"),
        ("name", "VARCHAR", "the person's name"),
        ("email", "VARCHAR", "e-mail address"),
        ("statusBefore", "VARCHAR", "status in the snapshot before; null where the person was not in scope"),
        ("status", "VARCHAR", "status now; null where the person is no longer in scope"),
        ("snapshotBefore", "VARCHAR", "the run compared with"),
        ("definitionChanged", "BOOLEAN", "the requirement itself was changed in between"),
    ),
)

SKILLS: Final = ReportTable(
    "skills",
    "a skill in a group; groups below the minimum size have no figures",
    _columns(
        ("groupName", "VARCHAR", "the group"),
        ("skill", "VARCHAR", "the skill or topic by name"),
        ("skillKey", "VARCHAR", "its URN; null where the catalogue has no such skill"),
        ("asked", "BOOLEAN", "whether requirements.yaml asks for it"),
        ("groupSize", "BIGINT", "learners of the group; null below the minimum group size"),
        ("covered", "BIGINT", "learners with at least one completed content tagged so"),
        ("coverage", "DOUBLE", "covered / groupSize"),
        ("coveredRecently", "BIGINT", "the same with a completion in the last `withinMonths` months"),
        ("recentCoverage", "DOUBLE", "coveredRecently / groupSize"),
        ("withinMonths", "BIGINT", "the months of the two columns before"),
        ("engaged", "BIGINT", "learners with any progress or completion in content tagged so"),
        ("engagedShare", "DOUBLE", "engaged / groupSize"),
        ("target", "DOUBLE", "share of the group that should be covered, 0 to 1"),
        ("gap", "DOUBLE", "max(0, target - coverage)"),
        ("peopleToTrain", "BIGINT", "max(0, ceil(target x groupSize) - covered)"),
        ("recentGap", "DOUBLE", "max(0, target - recentCoverage)"),
        ("peopleToTrainRecently", "BIGINT", "max(0, ceil(target x groupSize) - coveredRecently)"),
        ("medianSeconds", "DOUBLE", "median of the seconds viewed in it by covered learners"),
        ("withheld", "BOOLEAN", "the group is below the minimum size, so that there are no figures"),
    ),
)

SKILL_CONTENTS: Final = ReportTable(
    "skill_contents",
    "an available content that would close a gap",
    _columns(
        ("groupName", "VARCHAR", "the group"),
        ("skill", "VARCHAR", "the skill"),
        ("rank", "BIGINT", "1 is the most used in the account"),
        ("contentKey", "VARCHAR", "the content"),
        ("contentTitle", "VARCHAR", "its title"),
        ("assetType", "VARCHAR", "COURSE, LEARNING_PATH or VIDEO"),
        ("level", "VARCHAR", "LinkedIn's level"),
        ("durationSeconds", "DOUBLE", "its length"),
        ("webLaunchUrl", "VARCHAR", "where to open it"),
        ("learners", "BIGINT", "learners of the account who used it"),
        ("started", "BIGINT", "learners of the group, not yet covered, who have started it"),
        ("startedBy", "VARCHAR[]", "their names"),
    ),
)

ALERTS: Final = ReportTable(
    "alerts",
    "an alert rule and what it is about",
    _columns(
        ("rule", "VARCHAR", "the rule's id"),
        ("subject", "VARCHAR", "what it is about, e.g. a requirement; null for the whole account"),
        ("severity", "VARCHAR", "info, low, medium, high or critical"),
        ("state", "VARCHAR", "pending, firing, recovering or resolved"),
        ("value", "DOUBLE", "what was measured"),
        ("threshold", "DOUBLE", "what it is compared with"),
        ("sinceRun", "VARCHAR", "the run at which this state began"),
        ("acknowledgedBy", "VARCHAR", "who acknowledged it"),
        ("message", "VARCHAR", "in plain words"),
        ("query", "VARCHAR", "the query that shows more"),
    ),
)

PROBLEMS: Final = ReportTable(
    "problems",
    "something in the configuration or the snapshot that the reports could not use as it is",
    _columns(
        ("severity", "VARCHAR", "error: something is left out; warning: the figures stand, and a person should look"),
        ("place", "VARCHAR", "file, line and field, or requirement"),
        ("problem", "VARCHAR", "what is wrong"),
        ("resolution", "VARCHAR", "what to do"),
    ),
)

# Read by the next snapshot's reports; nothing else depends on them.
FULFILMENTS: Final = ReportTable(
    "fulfilments",
    "an occasion on which a person met a requirement, kept from snapshot to snapshot",
    _columns(
        ("requirementId", "VARCHAR", "the requirement"),
        ("definitionSha256", "VARCHAR", "its definition at the time"),
        ("learnerKey", "VARCHAR", "the learner"),
        ("metOn", "BIGINT", "the instant"),
        ("metBasis", "VARCHAR", "what the instant is"),
        ("contentKey", "VARCHAR", "the content, of several the last"),
        ("proofSnapshot", "VARCHAR", "the run whose snapshot proves it"),
        ("proofWindowStart", "BIGINT", "start of the lookback"),
        ("proofWindowEnd", "BIGINT", "end of the lookback"),
        ("proofFile", "VARCHAR", "the file"),
        ("proofFileSha256", "VARCHAR", "its SHA-256"),
        ("proofKey", "VARCHAR", "the record"),
    ),
)
FIRST_SEEN: Final = ReportTable(
    "first_seen",
    "a person and the instant of the first sighting",
    _columns(
        ("personKey", "VARCHAR", "the person"),
        ("firstSeenOn", "BIGINT", "the earliest engagement known, else the first snapshot"),
    ),
)
# What reports prove for good, and those that are made anew keep; these tables are no CSV files, nor in Athena.
PROOF_TABLES: Final = (FULFILMENTS, FIRST_SEEN)

REPORT_TABLES: Final = (
    REQUIREMENTS,
    COMPLIANCE,
    COMPLIANCE_TOTALS,
    COMPLIANCE_CHANGES,
    SKILLS,
    SKILL_CONTENTS,
    ALERTS,
    PROBLEMS,
    FULFILMENTS,
    FIRST_SEEN,
)
