"""Cases that are wrong: a clear question for each fault, all at once, never a clock."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.law import small
from tutela.core.errors import DefinitionErrors
from tutela.core.law.case import Case, read_case
from tutela.core.law.evaluation import evaluate
from tutela.core.law.linter import load

if TYPE_CHECKING:
    from tutela.core.law.row import Row

LIBRARY = load(small.files())
AWARE = "2026-12-18T22:30:00+01:00"


def told(given_: object, at: datetime | None = None) -> str:
    with pytest.raises(DefinitionErrors) as caught:
        read_case(given_, LIBRARY, "case.json", at)
    return str(caught.value)


def test_a_whole_case() -> None:
    case = read_case(
        {
            "organisation": {"bank": True, "kind": None},
            "incident": {"loss": 7},
            "events": {"aware": AWARE, "submitted": {"xx.law": {"first": [AWARE, "2026-12-19T00:00:00Z"]}}},
            "country": "LU",
            "timezone": "Europe/Luxembourg",
        },
        LIBRARY,
    )
    assert case.facts == {"org.bank": True, "inc.loss": 7.0}
    assert isinstance(case.facts["inc.loss"], float)
    assert set(case.events) == {"aware", "submitted.xx.law.first"}
    assert case.begun == datetime(2026, 12, 18, 21, 30, tzinfo=UTC)
    assert case.latest == datetime(2026, 12, 19, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "question"),
    [
        ([], "holds no case"),
        ({"organization": {}}, "is no part of a case"),
        ({"organisation": {"bnak": True}}, "there is no such fact. Is it bank?"),
        ({"organisation": {"org.bank": True}}, "there is no such fact"),
        ({"organisation": {"bank": "yes"}}, "is neither true nor false. Is it a bank?"),
        ({"incident": {"loss": "2 million"}}, "is no number; give it in EUR"),
        ({"incident": {"loss": -1}}, "is not between 0 and"),
        ({"incident": {"share": 250}}, "is not between 0 and 100 percent"),
        ({"incident": {"persons": 2.5}}, "is no whole number of persons"),
        ({"incident": {"grade": "huge"}}, "is none of low, high (or empty: none of them)"),
        ({"incident": []}, "is no set of facts"),
        ({"events": {"awake": AWARE}}, "there is no such event"),
        ({"events": {"submitted": AWARE}}, "it must be said of which stage"),
        ({"events": {"aware.first": AWARE}}, "it is of no stage"),
        ({"events": {"submitted.xx.law.second": AWARE}}, "there is no such stage"),
        ({"events": {"aware": "yesterday"}}, "is no moment with date and time"),
        ({"events": {"aware": "2026-12-18"}}, "is no moment with date and time"),
        ({"events": {"aware": "0026-12-18T22:30:00Z"}}, "the year 26 cannot be meant"),
        ({"events": {"aware": "2026-12-18T22:30:00"}}, "it is not said in which time zone"),
        ({"events": {"aware": "2026-10-25T02:30:00"}, "timezone": "Europe/Luxembourg"}, "comes twice or not at all"),
        ({"events": {"aware": "2026-03-29T02:30:00"}, "timezone": "Europe/Luxembourg"}, "comes twice or not at all"),
        ({"timezone": "Mars/Base"}, "is no time zone"),
        ({"timezone": "../../etc/passwd"}, "is no time zone"),
        ({"country": "Luxembourg"}, "is no country whose holidays are known"),
        ({"events": {"occurred": AWARE, "aware": "2026-12-17T00:00:00Z"}}, "lies before occurred"),
        ({"events": {"aware": AWARE, "determined": "2026-12-17T00:00:00Z"}}, "lies before aware"),
        ({"events": {"occurred": AWARE, "submitted.first": "2026-12-17T00:00:00Z"}}, "before the incident occurred"),
    ],
)
def test_a_fault_is_a_question(given_: object, question: str) -> None:
    assert question in told(given_)


def test_all_faults_at_once() -> None:
    text = told({"organisation": {"bank": 1, "kind": 2}, "incident": {"x": 3}, "timezone": "?", "country": "?"})
    assert text.count("\n") == 4


def test_what_has_not_happened_yet_is_no_event() -> None:
    assert "lies after the moment" in told({"events": {"aware": AWARE}}, datetime(2026, 12, 1, tzinfo=UTC))


def test_what_contradicts_the_rest_is_asked_anew() -> None:
    given_ = {
        "organisation": {"bank": True},
        "incident": {"minor": True, "loss": 2_000_000},
        "events": {"aware": AWARE},
    }
    first = _rows(read_case(given_, LIBRARY))["first"]
    assert first.applies is None
    assert "inc.loss" in first.missing
    graded = {"organisation": {"bank": True}, "incident": {"loss": 200, "grade": "low"}, "events": {"aware": AWARE}}
    library = load(
        small.files(
            law=small.LAW.replace("inc.loss > 5.0 || inc.persons > 3", "inc.grade == 'low' || inc.grade == 'high'")
        )
    )
    first = {row.stage: row for row in evaluate(library, read_case(graded, library), datetime.now(UTC))}["first"]
    assert (first.applies, first.missing) == (None, ("inc.grade",))


def test_the_events_tell_what_was_late() -> None:
    library = load(small.files(law=small.LAW.replace("inc.persons > 3", "inc.late")))
    events = {"aware": AWARE, "determined": "2026-12-20T00:00:00Z"}
    case = read_case({"organisation": {"bank": True}, "incident": {"loss": 1}, "events": events}, library)
    assert {row.applies for row in evaluate(library, case, datetime.now(UTC))} == {True}
    stated = read_case(
        {"organisation": {"bank": True}, "incident": {"loss": 1, "late": False}, "events": events}, library
    )
    rows = evaluate(library, stated, datetime.now(UTC))
    assert {(row.applies, row.missing) for row in rows} == {(None, ("inc.late",))}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
parts = st.sampled_from(["organisation", "incident", "events", "country", "timezone", "x"])


@given(st.dictionaries(parts, json, max_size=6) | json)
def test_whatever_is_given_is_a_case_or_is_told(given_: object) -> None:
    with suppress(DefinitionErrors):
        assert isinstance(read_case(given_, LIBRARY), Case)


def _rows(case: Case) -> dict[str, Row]:
    return {row.stage: row for row in evaluate(LIBRARY, case, datetime(2026, 12, 20, tzinfo=UTC))}
