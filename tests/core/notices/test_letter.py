"""A letter is text for a person: the worst first, all counted, and nothing a feed says can forge a line of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core.notices.test_texts import ALL
from tutela.core.notices.letter import Letter, Line, write

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINKS = {"acknowledge": "https://t.example/a", "claim": "https://t.example/c", "console": "https://t.example/n"}


def line(**more: Any) -> Line:
    values = {"type": "infected-system", "severity": 4, "asset": "192.0.2.1", "what": "mirai", "tlp": 1}
    return Line(**({"first_seen": DAY, "last_seen": DAY + timedelta(hours=1)} | values | more))


def letter(*lines: Line, language: str = "en", **more: Any) -> Letter:
    values: dict[str, Any] = {"organisation": "The bank", "contact": "Kim", "links": LINKS, "now": DAY} | more
    return write(lines=lines, texts=ALL[language], **values)


def test_it_says_what_where_since_when_and_by_when() -> None:
    said = letter(line())
    assert said.subject == "[TLP:GREEN] A security finding at The bank"
    assert said.deadline == DAY + timedelta(days=14)
    for part in ("TLP:GREEN", "Infected machines (1)", "192.0.2.1 · mirai", "by 2026-03-15", "2026-03-01 13:00 UTC"):
        assert part in said.body, part
    assert all(link in said.body for link in LINKS.values())


def test_the_strictest_tlp_and_the_nearest_deadline_count() -> None:
    said = letter(line(tlp=0, severity=1), line(tlp=2, severity=5, first_seen=DAY - timedelta(days=200)))
    assert said.tlp == 2
    assert said.deadline == DAY + timedelta(days=7), "who was not told before cannot have been late"
    assert said.subject.startswith("[TLP:AMBER] 2 security findings")


def test_the_worst_kind_comes_first_and_no_finding_goes_uncounted() -> None:
    many = [line(type="scanner", severity=2, asset=f"192.0.2.{number}") for number in range(40)]
    said = letter(*many, line(type="phishing", severity=5, asset="https://bad.example/"))
    assert said.body.index("Phishing pages (1)") < said.body.index("Machines that scan others (40)")
    assert "and 30 more" in said.body


def test_without_links_it_does_not_speak_of_them() -> None:
    said = letter(line(), links={"console": LINKS["console"]})
    assert ALL["en"].phrases.claim not in said.body.replace("\n", " ")


def test_somebody_without_a_name_is_greeted_all_the_same() -> None:
    assert "To The bank:" in letter(line(), contact="").body


def test_in_chinese() -> None:
    said = letter(line(), language="zh-Hans", organisation="某银行")
    assert said.subject == "[TLP:GREEN] 某银行：一个安全问题"
    assert "受感染的机器 (1)" in said.body


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=100))
def test_what_a_feed_says_stays_on_its_line(asset: str, what: str, organisation: str) -> None:
    plain, hostile = letter(line()), letter(line(asset=asset, what=what), organisation=organisation)
    assert "\n" not in hostile.subject
    assert "\r" not in hostile.body + hostile.subject
    rows = [row for row in hostile.body.split("\n") if row.startswith("  * ")]
    assert len(rows) == 1
    assert all(character == "\n" or character.isprintable() for character in hostile.body)
    assert abs(len(hostile.body.split("\n")) - len(plain.body.split("\n"))) <= 8, "only the name's line is wrapped"
