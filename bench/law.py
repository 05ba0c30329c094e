"""How long the law takes to answer: one incident against all regimes, and many organisations × incidents.

    python bench/law.py [--evaluations 100000]

Facts are drawn at random from the book of facts: every fact of the organisation is stated, and a share of those of the
incident, as in an authority that has asked its constituency. CPU seconds of one process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tutela.core.law.case import Case
from tutela.core.law.clock import Place
from tutela.core.law.evaluation import evaluate
from tutela.core.law.facts import Type
from tutela.core.law.linter import load
from tutela.engine.law import BUILT_IN

if TYPE_CHECKING:
    from tutela.core.law.facts import Declaration
    from tutela.core.law.library import Library

START = datetime(2026, 11, 1, tzinfo=UTC)
STATED = 0.4
PLACES = (("LU", "Europe/Luxembourg"), ("DE", "Europe/Berlin"), ("US", "America/New_York"), ("CN", "Asia/Shanghai"))


def value(fact: Declaration, chance: random.Random) -> Any:
    """Any value of the type: few organisations are of a kind that a law names."""
    if fact.type is Type.YES_NO:
        return chance.random() < (0.1 if fact.name.startswith("org.") else 0.4)
    if fact.type is Type.CHOICE:
        return chance.choice(fact.values)
    if fact.type is Type.INTEGER:
        return chance.randrange(0, 2_000)
    return chance.random() * (fact.maximum or 1_000_000.0)


def case(library: Library, chance: random.Random) -> Case:
    """An incident of an organisation."""
    facts = {
        name: value(fact, chance)
        for name, fact in library.facts.items()
        if name.startswith("org.") or chance.random() < STATED
    }
    occurred = START + timedelta(minutes=chance.randrange(60_000))
    hours = sorted(chance.random() * 48 for _ in range(3))
    names = ("discovered", "aware", "determined")
    events = {name: (occurred + timedelta(hours=h),) for name, h in zip(names, hours, strict=True)}
    country, zone = chance.choice(PLACES)
    return Case(facts, {"occurred": (occurred,), **events}, Place(country, ZoneInfo(zone)))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluations", type=int, default=100_000)
    wanted = parser.parse_args().evaluations
    begun = time.process_time()
    library = load({str(path): path.read_bytes() for path in sorted(BUILT_IN.rglob("*.yaml"))})
    print(f"library of {len(library.versions)} regimes read and checked: {time.process_time() - begun:.2f} s")
    chance = random.Random(7)  # noqa: S311 - to be repeatable, not secret
    cases = [case(library, chance) for _ in range(1_000)]
    for one in cases[:50]:
        evaluate(library, one, START)
    each = []
    for one in cases[:500]:
        begun = time.perf_counter()
        evaluate(library, one, START)
        each.append((time.perf_counter() - begun) * 1_000)
    print(f"one incident, with reasons: median {statistics.median(each):.2f} ms, longest {max(each):.2f} ms")
    begun, applying = time.process_time(), 0
    for number in range(wanted):
        rows = evaluate(library, cases[number % len(cases)], START, explain=False)
        applying += sum(row.applies is True for row in rows)
    took = time.process_time() - begun
    print(f"{wanted:,} evaluations without reasons: {took:.1f} s on one core ({took / wanted * 1_000:.3f} ms each)")
    print(f"duties that applied: {applying:,}")


if __name__ == "__main__":
    main()
