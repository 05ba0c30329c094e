"""Absence is proven by reports that would have shown the asset, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.findings.proof import Look, Subject, Word, judge, stream

START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def look(number: float, **changes: object) -> Look:
    whole = Look(
        report=f"r{number}",
        feed="scans",
        stream="scans-#.csv",
        received=day(number),
        newest=day(number) - timedelta(hours=1),
        events=10,
        quarantined=0,
        whole=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


SHOWN = look(0)
CLAIMED = Subject("scans", day(0) - timedelta(hours=3), day(0), day(1.5), 1)
OPEN = replace(CLAIMED, after=None, needed=3)


def words(subject: Subject, *looks: Look) -> list[Word]:
    return [word for _, word in judge(subject, looks).words]


def test_one_report_after_the_claim_proves_it() -> None:
    found = judge(CLAIMED, [SHOWN, look(2)])
    assert (found.proven, found.contradicted) == (True, False)
    assert found.words == (("r0", Word.SHOWN), ("r2", Word.ABSENT))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"whole": False}, Word.NOT_WHOLE),
        ({"quarantined": 1}, Word.QUARANTINE),
        ({"failed": True}, Word.UNREAD),
        ({"events": 0}, Word.EMPTY),
        ({"covers": False}, Word.OUT_OF_SCOPE),
        ({"stream": "others-#.csv"}, Word.OTHER_STREAM),
        ({"newest": day(1.4)}, Word.OLD_DATA),
        ({"newest": None}, Word.UNDATED),
        ({"newest": day(9)}, Word.MISDATED),
        ({"reading": "another"}, Word.OTHER_DEFINITION),
        ({"snapshot": "another"}, Word.OTHER_CONSTITUENCY),
        ({"snapshot": "another", "holds": False}, Word.OTHER_CONSTITUENCY),
        ({"received": day(1.2), "newest": day(1.1)}, Word.EARLIER),
    ],
)
def test_what_proves_nothing_says_why(changes: dict[str, object], word: Word) -> None:
    found = judge(CLAIMED, [SHOWN, look(2, **changes)])
    assert not found.proven
    assert found.words[1] == ("r2", word)


def test_a_piece_of_a_stream_proves_nothing() -> None:
    found = judge(CLAIMED, [SHOWN, *(look(day_, is_piece=True) for day_ in range(2, 20))])
    assert (found.proven, {word for _, word in found.words[1:]}) == (False, {Word.PIECE})


def test_the_silence_of_a_feed_proves_nothing() -> None:
    assert not judge(CLAIMED, [SHOWN]).proven
    assert not judge(CLAIMED, []).proven, "nor when even the report that showed it is gone"


def test_another_feed_proves_nothing() -> None:
    assert not judge(CLAIMED, [SHOWN, look(2, feed="others")]).proven


def test_without_a_claim_it_takes_as_many_reports_as_the_feed_says() -> None:
    looks = [SHOWN, look(1), look(2, whole=False), look(3)]
    assert (judge(OPEN, looks).count, judge(OPEN, looks).proven) == (2, False)
    assert judge(OPEN, [*looks, look(4)]).proven


def test_each_stream_that_may_have_shown_it_must_show_it_absent() -> None:
    both = [SHOWN, look(0, report="other", stream="others-#.csv")]
    assert not judge(CLAIMED, [*both, look(2)]).proven
    assert judge(CLAIMED, [*both, look(2), look(3, stream="others-#.csv")]).proven


def test_a_changed_constituency_in_which_it_is_still_theirs_is_no_hindrance() -> None:
    assert judge(CLAIMED, [SHOWN, look(2, snapshot="another", holds=True)]).proven


def test_what_came_in_together_counts_once() -> None:
    looks = [SHOWN, look(1), look(1, report="b"), look(2)]
    assert judge(OPEN, looks).count == 2


def test_seen_after_the_claim_is_a_contradiction() -> None:
    again = replace(CLAIMED, last_reported=day(2), last_seen=day(1.9))
    assert judge(again, [SHOWN, look(2)]).contradicted
    before = replace(CLAIMED, last_reported=day(2), last_seen=day(1.4))  # seen at ten, claimed at noon, told at night
    assert not judge(before, [SHOWN, look(2)]).contradicted


def test_what_is_closed_opens_again_when_it_is_listed_again() -> None:
    closed = replace(CLAIMED, last_reported=day(2), is_closed=True)  # a list whose entries keep their first time
    assert judge(closed, [SHOWN, look(2)]).contradicted
    assert not judge(closed, [SHOWN, look(2, newest=day(0.5))]).contradicted, "an old report that came late"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2026-03-01-scans.csv", "2026-03-02-scans.csv"), ("Scans_20260301.CSV", "scans_20260302.csv")],
)
def test_files_of_one_stream_differ_in_their_numbers_only(one: str, other: str) -> None:
    assert stream(one) == stream(other)
    assert stream("2026-03-01-scans-bank.csv") != stream("2026-03-01-scans-clinic.csv")


looks_drawn = st.lists(
    st.builds(
        look,
        st.integers(1, 12),
        whole=st.booleans(),
        quarantined=st.sampled_from([0, 0, 0, 2]),
        events=st.sampled_from([0, 5]),
        feed=st.sampled_from(["scans", "scans", "others"]),
        failed=st.sampled_from([False, False, True]),
        covers=st.sampled_from([None, True, False]),
    ),
    max_size=8,
)


@given(looks_drawn, st.randoms(), st.sampled_from([CLAIMED, OPEN]))
def test_no_order_and_no_gap_proves_without_such_reports(looks, chance, subject) -> None:
    """A plain reading of the rule as the oracle: the moments at which reports came that nothing speaks against."""
    good = [
        one
        for one in looks
        if one.feed == "scans"
        and one.whole
        and not one.quarantined
        and not one.failed
        and one.events
        and one.covers is not False
        and one.received > (subject.after or subject.last_reported)
        and one.newest > (subject.after or subject.last_seen)
    ]
    drawn = [SHOWN, *looks]
    chance.shuffle(drawn)
    found = judge(subject, drawn)
    assert found.proven == (len({one.received for one in good}) >= subject.needed)
    assert not found.contradicted
