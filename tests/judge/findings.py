"""What the judge found: violations (wrong) and remarks (the documents leave it open; a person should look)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

EXAMPLES_KEPT: Final = 200


@dataclass(frozen=True)
class Finding:
    """One thing found: the rule's short name, where (a key or a file), and what is there."""

    rule: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.detail}"


@dataclass
class Findings:
    """Collects findings. Every one is counted, per rule the first `EXAMPLES_KEPT` are kept as examples."""

    examples: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, rule: str, where: str, detail: object) -> None:
        self.counts[rule] += 1
        if self.counts[rule] <= EXAMPLES_KEPT:
            self.examples.append(Finding(rule, where, str(detail)))

    @property
    def rules(self) -> set[str]:
        return set(self.counts)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def lines(self, per_rule: int) -> list[str]:
        """A readable list: per rule its count and the first `per_rule` examples."""
        lines = []
        for rule in sorted(self.counts):
            lines.append(f"  {rule}: {self.counts[rule]}")
            shown = [finding for finding in self.examples if finding.rule == rule][:per_rule]
            lines += [f"      {finding.where}: {finding.detail}" for finding in shown]
        return lines
