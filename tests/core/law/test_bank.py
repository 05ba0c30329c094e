"""The bank on a Friday night: who must be told what, by when, under which law; worked out by hand from the texts.

A bank in Luxembourg, essential under NIS 2, financial entity under DORA, controller, registrant of the SEC, operator of
networks in China. The incident occurred, was discovered and known on Friday 18 December 2026 at 22:30, and was
determined as reportable (and as material) six hours later.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tutela.core.law.case import read_case
from tutela.core.law.evaluation import evaluate, questions

if TYPE_CHECKING:
    from tutela.core.law.library import Library
    from tutela.core.law.row import Row

BANK: dict[str, Any] = {
    "organisation": {
        "nis2_class": "essential",
        "dora_financial_entity": True,
        "controller": True,
        "processor": False,
        "us_sec_registrant": True,
        "cn_network_operator": True,
        "cn_central_organ": False,
    },
    "incident": {
        "severe_operational_disruption": True,
        "critical_services_affected": True,
        "malicious_unauthorised_access": True,
        "personal_data_breach": True,
        "risk_unlikely": False,
        "high_risk": True,
        "us_material": True,
        "cn_grade": "major",
        "involves_cii": False,
        "ongoing": False,
    },
    "events": {
        "occurred": "2026-12-18T22:30:00+01:00",
        "discovered": "2026-12-18T22:30:00+01:00",
        "aware": "2026-12-18T22:30:00+01:00",
        "determined": "2026-12-19T04:30:00+01:00",
    },
    "country": "LU",
    "timezone": "Europe/Luxembourg",
}

PARTS = ("organisation", "incident")
# NIS 2 is displaced, with or without them
SETTLES_NOTHING = {"org.nis2_class", "inc.severe_operational_disruption", "inc.ongoing"}
DUE = {
    # Del. Reg. 2025/301, 5(1)(a): 4 hours from classification at 04:30, before 24 hours from awareness at 22:30; on a
    # Saturday, but no noon of the next working day for an essential entity (5(5))
    ("eu.dora.art19", "initial"): "2026-12-19T08:30:00+01:00",
    # GDPR 33(1): 72 hours from Friday 22:30, periods in hours do not roll
    ("eu.gdpr.art33_34", "authority"): "2026-12-21T22:30:00+01:00",
    # the Measures, 4(3): no critical infrastructure, no central organ: 4 hours from discovery
    ("cn.incident_reporting_measures", "other_operators"): "2026-12-19T02:30:00+01:00",
    # Form 8-K: determined on Friday 22:30 in New York; four business days: Monday 21, 22, 23, Thursday 24 December
    ("us.sec.8k_1_05", "form_8k"): "2026-12-24T23:59:59-05:00",
}


def ask(library: Library, given: dict[str, Any]) -> dict[tuple[str, str], Row]:
    case = read_case(given, library)
    assert case.latest is not None
    return {(row.regime, row.stage): row for row in evaluate(library, case, case.latest)}


def without(part: str, name: str) -> dict[str, Any]:
    given = copy.deepcopy(BANK)
    del given[part][name]
    return given


def test_every_clock(library: Library) -> None:
    rows = ask(library, BANK)
    found = {key: row.due.isoformat() for key, row in rows.items() if row.applies and row.due}
    assert found == DUE


def test_every_row_has_its_article_and_its_reason(library: Library) -> None:
    for row in ask(library, BANK).values():
        assert row.citation
        assert row.because
        assert row.stage
        told = row.as_dict()
        assert told["because"][0]["version"] >= 1
        if row.due:
            assert told["because"][-1]["arithmetic"]


def test_what_has_no_number_or_waits(library: Library) -> None:
    rows = ask(library, BANK)
    assert rows["eu.gdpr.art33_34", "subjects"].mode == "asap"
    assert rows["eu.dora.art19", "intermediate"].waits_for == "submitted.eu.dora.art19.initial"
    assert rows["eu.dora.art19", "final"].waits_for == "submitted.eu.dora.art19.intermediate"
    assert rows["cn.incident_reporting_measures", "summary"].waits_for == "handled"


def test_nis2_yields_to_dora(library: Library) -> None:
    rows = [row for (regime, _), row in ask(library, BANK).items() if regime == "eu.nis2.art23"]
    assert rows
    for row in rows:
        assert row.applies is False
        assert any(step["step"] == "yields to" and step["regime"] == "eu.dora.art19" for step in row.because)


@pytest.mark.parametrize(
    ("part", "name"), [(part, name) for part in ("organisation", "incident") for name in BANK[part]]
)
def test_a_fact_that_is_taken_away_is_asked_for(library: Library, part: str, name: str) -> None:
    """Exactly the rows that hang on it become undetermined, each with the question; no other row changes."""
    before, after = ask(library, BANK), ask(library, without(part, name))
    hanging = False
    fact = f"{'org' if part == 'organisation' else 'inc'}.{name}"
    for key, row in before.items():
        other = after[key]
        if (row.applies, row.due, row.missing) == (other.applies, other.due, other.missing):
            continue
        hanging = True
        assert fact in other.missing, key
        assert other.applies is None or (other.applies is row.applies and other.due is None), key
    assert (fact in dict(questions(list(after.values())))) is hanging
    assert hanging is (fact not in SETTLES_NOTHING)


def test_the_next_report_runs_from_the_one_before(library: Library) -> None:
    given = copy.deepcopy(BANK)
    given["events"]["submitted.eu.dora.art19.initial"] = "2026-12-19T08:00:00+01:00"
    given["events"]["submitted.eu.dora.art19.intermediate"] = "2026-12-22T07:00:00+01:00"
    rows = ask(library, given)
    # 72 hours from Saturday 08:00 are Tuesday 08:00
    assert rows["eu.dora.art19", "intermediate"].due.isoformat() == "2026-12-22T08:00:00+01:00"  # type: ignore[union-attr]
    # one month from 22 December is Friday 22 January 2027, a working day: its end
    assert rows["eu.dora.art19", "final"].due.isoformat() == "2027-01-22T23:59:59+01:00"  # type: ignore[union-attr]


def test_known_but_never_discovered_is_asked(library: Library) -> None:
    given = without("events", "aware")
    row = ask(library, given)["eu.dora.art19", "initial"]
    assert (row.due, row.waits_for) == (None, "aware")


def test_not_yet_determined(library: Library) -> None:
    """The outer limit stands: 24 hours from awareness."""
    row = ask(library, without("events", "determined"))["eu.dora.art19", "initial"]
    assert row.due is not None
    assert row.due.isoformat() == "2026-12-19T22:30:00+01:00"
