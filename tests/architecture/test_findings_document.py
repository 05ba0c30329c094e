"""``docs/findings.md`` says what the table of transitions says."""

from __future__ import annotations

from pathlib import Path

from tutela.core.findings.deadline import DAYS
from tutela.core.findings.life import TRANSITIONS, State, Transition

TEXT = (Path(__file__).resolve().parents[2] / "docs/findings.md").read_text(encoding="utf-8")


def row(one: Transition) -> str:
    before = ", ".join(state.value.replace("_", " ") for state in State if state in one.before)
    who = "the system" if one.is_of_system else "a person"
    needs = ", ".join(sorted(need.value for need in one.needs)) or "nothing"
    return f"| {one.act.value} | {before} | {one.after.value.replace('_', ' ')} | {who} | {needs} |"


def test_every_step_is_told_and_no_other() -> None:
    told = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| step")]
    assert told == [row(one) for one in TRANSITIONS]


def test_the_times_are_those_of_the_code() -> None:
    assert f"critical {DAYS[5]} days, high {DAYS[4]}, medium {DAYS[3]}, all others {DAYS[0]}" in TEXT
    assert DAYS[0] == DAYS[1] == DAYS[2]
