"""What tables make of facts that are only known in part: a grade is at least so grave, and never guessed lower."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tutela.core.law.case import Case
from tutela.core.law.clock import Place
from tutela.core.law.evaluation import evaluate

if TYPE_CHECKING:
    from tutela.core.law.library import Library

START = datetime(2026, 11, 1, tzinfo=UTC)
CII = {"org.cn_cii_operator": True}
"""Article 18 of its regulation asks it to report what is major or graver."""

NETWORK = {"org.cn_network_operator": True, "org.cn_central_organ": False, "inc.involves_cii": False}
"""The measures ask it to report what is relatively major or graver."""


def asked(library: Library, facts: dict[str, Any], regime: str, stage: str) -> tuple[bool | None, tuple[str, ...]]:
    place = Place("CN", ZoneInfo("Asia/Shanghai"))
    rows = {(row.regime, row.stage): row for row in evaluate(library, Case(facts, {"aware": (START,)}, place), START)}
    row = rows[regime, stage]
    return row.applies, row.missing


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),  # relatively major by the persons; the loss and the outages may make it graver
        ({"inc.loss_cny": 0.0}, None),  # the outages still may
        (
            {"inc.loss_cny": 0.0, "inc.cn_portal_down_h": 0.0, "inc.cn_cii_down_h": 0.0, "inc.cn_cii_main_down_h": 0.0},
            False,
        ),
        ({"inc.loss_cny": 200e6}, True),
        ({"inc.cn_grade": "major"}, True),
        ({"inc.cn_grade": "relatively_major"}, False),
    ],
)
def test_a_grade_is_not_taken_to_be_the_least_that_it_can_be(
    library: Library, known: dict[str, Any], expected: bool | None
) -> None:
    applies, missing = asked(library, CII | {"inc.persons": 1_051_625} | known, "cn.cii_regs.art18", "report")
    assert applies is expected
    assert missing == (() if expected is not None else ("inc.cn_grade",))


def test_what_holds_of_every_grade_that_it_can_have_is_settled(library: Library) -> None:
    facts = NETWORK | {"inc.persons": 1_051_625}
    assert asked(library, facts, "cn.incident_reporting_measures", "other_operators") == (True, ())
