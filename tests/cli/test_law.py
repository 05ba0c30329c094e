"""`tutela law` as people and programs call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.law.test_bank import BANK, DUE

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(__file__).resolve().parents[2] / "src"
FIELDS = {"regime", "stage", "applies", "due", "mode", "recipient", "content", "citation", "confidence", "missing"}
REGIMES = 49


@pytest.fixture
def tutela(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tutela", "law", *map(str, arguments)]
        settings = {"PYTHONPATH": str(SOURCE), "TUTELA_HOME": str(home), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, input=given, env=settings, capture_output=True, text=True, check=False)

    return run


def test_all_that_ships_is_clean_and_listed(tutela: Any) -> None:
    linted = tutela("lint", "--json")
    assert (linted.returncode, json.loads(linted.stdout)) == (0, [])
    rows = json.loads(tutela("list", "--json").stdout)
    assert len(rows) == REGIMES
    assert {row["status"] for row in rows} == {"in force", "proposed", "adopted"}
    assert {row["confidence"] for row in rows} <= {"P", "S", "M"}
    whole = json.loads(tutela("show", "eu.dora.art19", "--json").stdout)
    assert whole["time_rule"] == "dora_5_4"
    assert "Is it eu.dora.art19" in tutela("show", "eu.dora.art91").stderr


def test_the_bank_as_a_table_and_as_json(tutela: Any, tmp_path: Path) -> None:
    facts = tmp_path / "bank.json"
    facts.write_text(json.dumps(BANK), encoding="utf-8")
    told = tutela("evaluate", "--facts", facts, "--json")
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert all(row.keys() >= FIELDS | {"waits_for", "because"} for row in rows)
    assert {(r["regime"], r["stage"]): r["due"] for r in rows if r["applies"] and r["due"]} == DUE
    table = tutela("evaluate", "--facts", facts)
    assert all(due in table.stdout for due in DUE.values())
    assert "eu.nis2.art23 yields to eu.dora.art19" in table.stderr


def test_from_standard_input_with_nothing_known(tutela: Any) -> None:
    """Everything is undetermined, and that is no error."""
    told = tutela("evaluate", "--facts", "-", "--json", given="{}")
    assert told.returncode == 0
    assert not [row for row in json.loads(told.stdout) if row["applies"]]


def test_a_case_at_fault_is_told_whole_and_ends_with_1(tutela: Any) -> None:
    wrong = {"organisation": {"bnak": True}, "incident": {"users_pct": 250}, "timezone": "Mars"}
    told = tutela("evaluate", "--facts", "-", "--json", given=json.dumps(wrong))
    assert told.returncode == 1
    assert told.stdout == ""
    assert all(part in told.stderr for part in ("bnak", "users_pct", "Mars"))
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (("evaluate", "--facts", "/nowhere.json"), "", 2),
        (("evaluate", "--facts", "-"), "no json", 1),
        (("evaluate", "--facts", "-"), "[" * 100_000, 1),
        (("evaluate", "--facts", "-", "--at", "yesterday"), "{}", 2),
        (("evaluate", "--facts", "-", "--at", "2026-01-01"), '{"events": {"aware": "2026-02-01T00:00:00Z"}}', 1),
        (("show", "nothing"), "", 2),
        (("lint", "/nowhere"), "", 1),
        (("decide", "nothing", "a=b"), "", 2),
        (("decide", "us.cisa.bod_26_04", "in_kev=perhaps"), "", 2),
    ],
)
def test_wrong_use_is_a_sentence(tutela: Any, arguments: tuple[str, ...], given: str, code: int) -> None:
    told = tutela(*arguments, given=given)
    assert told.returncode == code, told.stderr
    assert told.stderr
    assert "Traceback" not in told.stderr


def test_decides_by_a_table(tutela: Any) -> None:
    given = ("in_kev=true", "publicly_exposed=true", "automatable=true", "technical_impact=total")
    told = json.loads(tutela("decide", "us.cisa.bod_26_04", *given, "--json").stdout)
    assert (told["outcome"], told["days"]) == ("within_3_days_with_forensics", 3)
    assert json.loads(tutela("decide", "us.cisa.bod_26_04", *given[:1], "--json").stdout)["outcome"] is None


def test_an_overlay_of_ones_own_is_read_and_a_broken_one_is_told(tutela: Any, home: Path) -> None:
    folder = home / "laws"
    folder.mkdir(parents=True)
    overlay = """
id: lu.nis2
version: 1
overlays: eu.nis2.art23
country: LU
instrument: {en: A national law}
article: Article 14
status: in force
validity: {from: '2026-01-01', citation: Article 30, confidence: S, sources: [memory]}
knowledge: '2026-11-22'
stages:
- id: early_warning
  title: {en: Early warning}
  due: {within: 12 hours, from: aware}
  recipient: The national CSIRT
  citation: Article 14(1)
  confidence: S
  sources: [memory]
"""
    (folder / "lu.yaml").write_text(overlay, encoding="utf-8")
    case = {
        "organisation": {"nis2_class": "essential", "dora_financial_entity": False},
        "incident": {"financial_loss": True},
        "events": {"aware": "2026-12-18T22:30:00+01:00"},
        "timezone": "Europe/Luxembourg",
    }
    for country, due in (("LU", "2026-12-19T10:30:00+01:00"), ("DE", "2026-12-19T22:30:00+01:00")):
        told = tutela("evaluate", "--facts", "-", "--json", given=json.dumps(case | {"country": country}))
        rows = {(row["regime"], row["stage"]): row for row in json.loads(told.stdout)}
        assert rows["eu.nis2.art23", "early_warning"]["due"] == due
    (folder / "lu.yaml").write_text(overlay.replace("eu.nis2.art23", "eu.nis2.art32"), encoding="utf-8")
    broken = tutela("lint")
    assert broken.returncode == 1
    assert "eu.nis2.art23" in broken.stdout
    assert tutela("evaluate", "--facts", "-", given="{}").returncode == 1


def test_facts_that_cannot_all_be_so_are_told_and_asked_for(tutela: Any) -> None:
    given = {
        "organisation": {"controller": True},
        "incident": {"personal_data_breach": True, "risk_unlikely": True, "high_risk": True},
        "events": {"aware": "2026-12-18T22:30:00+01:00"},
        "country": "LU",
        "timezone": "Europe/Luxembourg",
    }
    for arguments in ((), ("--json",)):
        told = tutela("evaluate", "--facts", "-", *arguments, given=json.dumps(given))
        assert told.returncode == 0
        assert told.stderr.count("contradiction: ") == 2
        assert "Which is it?" in told.stderr
    asked = [
        line
        for line in tutela("evaluate", "--facts", "-", given=json.dumps(given)).stderr.splitlines()
        if "hang" in line
    ]
    assert asked[0].startswith("  org."), asked
    assert not any("cn_" in line for line in asked), "the law of the own country first"


def test_the_table_tells_on_what_a_time_hangs(tutela: Any) -> None:
    given = {key: value for key, value in BANK.items() if key not in {"country", "timezone"}}
    given["organisation"] = {**given["organisation"], "dora_financial_entity": False}
    given["events"] = {**given["events"], "submitted.eu.nis2.art23.notification": "2026-12-19T12:00:00+01:00"}
    told = tutela("evaluate", "--facts", "-", given=json.dumps(given))
    rows = [line.split("\t") for line in told.stdout.splitlines()[1:]]
    assert rows
    assert all(row[3] or row[5] or row[4] != "max" for row in rows), told.stdout
    assert "an answer: timezone, country" in told.stdout
    assert "country: In which country is the organisation?" in told.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"country": "LU", "country": "DE"}', "stands twice in one object: country"),
        ('{"incident": {"users": NaN}}', "NaN is no number"),
        ("[" * 100_000, "is not JSON"),
        ("\ufeff{}", "0 duties apply"),
    ],
)
def test_a_file_says_one_thing(tutela: Any, given: str, told: str) -> None:
    assert told in tutela("evaluate", "--facts", "-", given=given).stderr


def test_every_fault_of_what_is_decided_is_told(tutela: Any) -> None:
    told = tutela("decide", "us.cisa.bod_26_04", "in_kev=maybe", "foo=1")
    assert told.returncode == 2
    assert "in_kev is one of true, false" in told.stderr
    assert "foo is no input of this table" in told.stderr


def test_choices_are_listed_with_their_values(tutela: Any) -> None:
    assert "relatively_major" in tutela("facts", "--like", "cn_grade").stdout
