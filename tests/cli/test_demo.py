from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"


def run(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tutela", *map(str, arguments)]
    settings = environment | {"PYTHONPATH": str(SOURCE)}
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


def picture(environment: dict[str, str]) -> dict[str, Any]:
    answer = run(environment, "demo", "--json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.mark.slow
def test_the_demonstration_shows_all_that_can_happen_to_a_row(environment: dict[str, str]) -> None:
    first = picture(environment)
    assert first["refused"] == []
    assert {report["feed"] for report in first["reports"]} >= {"dataplane", "idf-json", "phishtank", "turris-greylist"}
    assert sum(report["new"] for report in first["reports"]) > 100
    assert any(report["new"] == 0 and report["duplicate"] == report["rows"] for report in first["reports"])
    assert len(first["quarantine"]) == sum(report["quarantined"] for report in first["reports"]) > 3
    assert len(first["organisations"]) >= 10
    assert first["findings"][0]["severity"] == "critical"
    again = picture(environment)
    assert again["organisations"] == first["organisations"]
    assert again["findings"] == first["findings"]
    verified = run(environment, "ledger", "verify", "--json")
    assert verified.returncode == 0, verified.stdout


def test_it_never_mixes_with_reports_of_ones_own(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("Address,Tags\n192.0.2.1,http\n")
    assert run(environment, "ingest", "--feed", "turris-greylist", tmp_path / "mine.csv").returncode == 0
    answer = run(environment, "demo")
    assert answer.returncode == 1
    assert "TUTELA_HOME" in answer.stderr
