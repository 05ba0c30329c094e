"""Every regime: cases worked out by hand from its text, with the working in the file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tutela.core.law.case import read_case
from tutela.core.law.evaluation import evaluate

if TYPE_CHECKING:
    from tutela.core.law.library import Library

FOLDER = Path(__file__).parent / "golden"
CASES = [
    pytest.param(path.stem, one, id=f"{path.stem}: {one['name']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("regime", "golden"), CASES)
def test_golden(library: Library, regime: str, golden: dict[str, Any]) -> None:
    case = read_case(golden["case"], library)
    at = case.latest or datetime.fromisoformat("2026-12-01T00:00:00+00:00")
    rows = {row.stage: row for row in evaluate(library, case, at, duties=True) if row.regime == regime}
    for wanted in golden["expect"]:
        row = rows[wanted["stage"]]
        found = {"stage": row.stage, "applies": row.applies}
        if "due" in wanted:
            found["due"] = row.due.isoformat() if row.due else None
        if "missing" in wanted:
            found["missing"] = sorted(row.missing)
        if "waits_for" in wanted:
            found["waits_for"] = row.waits_for
        assert found == {key: sorted(value) if key == "missing" else value for key, value in wanted.items()}


def test_every_regime_has_a_case_worked_out_by_hand(library: Library) -> None:
    assert library.versions.keys() <= {path.stem for path in FOLDER.glob("*.yaml")}
    assert all(case.values[1]["working"].strip() for case in CASES)
