"""Describes a requirement in words, for readers of reports and evidence."""

from __future__ import annotations

from learning_graph.reports.requirements import Cycle, How, RequiredContent, Requirement, Who

_SHOWN = 5


def definition_of(requirement: Requirement, cycle: Cycle | None, titles: dict[str, str]) -> str:
    """Return one paragraph: who must do what, by when. `titles` are those of the catalogue by URN."""
    content = cycle.content if cycle else requirement.content
    sentences = [
        f"{_who(requirement.who)} must {_what(content, requirement.how, titles)}.",
        _due(requirement, cycle),
    ]
    return " ".join(sentences)


def _who(who: Who) -> str:
    base = f"Everybody in the population file {who.population}" if who.population else "Every learner LinkedIn knows"
    limits = []
    if who.groups:
        limits.append(f"in {_either(who.groups, 'the group', 'one of the groups')}")
    for name, values in (who.attributes or {}).items():
        limits.append(f"whose {name} is {' or '.join(values)}")
    return f"{base} {' and '.join(limits)}" if limits else base


def _what(content: RequiredContent | None, how: How, titles: dict[str, str]) -> str:
    named = _content(content, titles) if content else "the content of the cycle"
    if how.minimum_progress is not None:
        return f"reach {how.minimum_progress:g} % progress in {named}"
    if how.minimum_seconds is not None:
        return f"view {how.minimum_seconds:,} seconds of {named.removeprefix('at least one ')}"
    return f"complete {named}"


def _content(content: RequiredContent, titles: dict[str, str]) -> str:
    if content.tagged:
        return f"at least one content tagged {' or '.join(content.tagged)}"
    urns = content.any_of or content.all_of or ()
    named = [f'"{titles.get(urn, urn)}"' for urn in urns[:_SHOWN]]
    if len(urns) > _SHOWN:
        named.append(f"{len(urns) - _SHOWN} more")
    if len(urns) == 1:
        return named[0]
    return f"{'at least one' if content.any_of else 'all'} of {', '.join(named)}"


def _due(requirement: Requirement, cycle: Cycle | None) -> str:
    due = requirement.due
    if cycle is not None:
        grace = requirement.grace_days or 0
        text = f"In the cycle that began on {cycle.starts} it is due on {cycle.due}"
    elif due is None:
        return "It has no due date."
    else:
        grace = due.grace_days
        if due.on is not None:
            text = f"It is due on {due.on}"
        elif due.days_after_start is not None:
            text = f"It is due {due.days_after_start} days after the start date, or first sighting where there is none"
        else:
            first = 30 if due.first_due_days is None else due.first_due_days
            text = (
                f"It must be repeated within {due.every_months} months; the first time is due {first} days after the"
                " start date, or first sighting where there is none"
            )
    return f"{text}, with {grace} days of grace." if grace else f"{text}."


def _either(names: tuple[str, ...], one: str, several: str) -> str:
    return f"{one} {names[0]}" if len(names) == 1 else f"{several} {', '.join(names)}"
