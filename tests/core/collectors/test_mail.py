from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.collectors.definition import Imap
from tutela.core.collectors.mail import UNREADABLE, is_report, is_wanted, links_in, parsed


def imap(**more: Any) -> Imap:
    return Imap.model_validate({"host": "mail.example.org", "user": "csirt", "secret": "mail"} | more)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a.csv", True), ("A.CSV", True), ("a.csv.gz", True), ("a.zip", True), ("a.png", False), ("csv", False)],
)
def test_reports_are_told_by_name(name: str, *, is_one: bool) -> None:
    assert is_report(name, imap()) is is_one


def test_links_are_those_of_the_hosts_and_each_once() -> None:
    text = """<a href="https://dl.example.org/a?x=1&amp;y=2">here</a>, https://dl.example.org/a?x=1&y=2
    (see https://DL.example.org/b.csv). https://example.org/c https://dl.example.org.evil.example/d
    https://user@dl.example.org/e https://dl.example.org@evil.example/f http://dl.example.org/g"""
    assert links_in(text, ["dl.example.org"]) == ["https://dl.example.org/a?x=1&y=2", "https://DL.example.org/b.csv"]
    assert links_in(text, []) == []


def test_a_mail_of_boxes_in_boxes_is_not_opened() -> None:
    boxes = "".join(f"Content-Type: multipart/mixed; boundary={n}\r\n\r\n--{n}\r\n" for n in range(60)).encode()
    with pytest.raises(ValueError, match="too many parts"):
        parsed(boxes)


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: text/plain; " + b"a=b; " * 100_000,
        b"From: " + b"a@example.org, " * 100_000,
        b"Subject:" + b" =?utf-8?q?a?=\r\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: text/plain\r\n\r\n" * 2000,
    ],
)
def test_fields_that_would_keep_the_reader_for_ever_are_not_looked_at(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"too long|too many parts"):
        parsed(content + b"\r\n\r\ntext")


@given(st.binary(max_size=300), st.sampled_from([b"From: ", b"Subject: =?utf-8?q?", b"Content-Type: ", b""]))
def test_no_head_stops_the_reading(content: bytes, before: bytes) -> None:
    assert is_wanted(before + content, imap(**{"from": ["reports@example.org"]})) is False


@given(st.binary(max_size=300), st.sampled_from([b"Content-Type: ", b"Content-Disposition: attachment; filename", b""]))
def test_no_mail_raises_what_is_not_foreseen(content: bytes, before: bytes) -> None:
    try:
        for part in parsed(before + content).walk():
            part.get_filename()
            part.get_payload(decode=True)
            if part.get_content_maintype() == "text":
                part.get_content(errors="replace")
    except UNREADABLE:
        pass


@pytest.mark.parametrize(
    "given",
    [
        {"host": "mail example"},
        {"host": "-"},
        {"user": "a b"},
        {"user": 'a"b'},
        {"user": "a\r\nb"},
        {"folder": 'a" b'},
        {"folder": "a\\b"},
        {"tls": "none"},
        {"subject": "("},
        {"from": ["example.org"]},
        {"links": ["https://example.org/"]},
        {"done": {"move": ""}},
        {"done": "deleted"},
        {"secret": "key"},
        {"senders": ["reports@example.org"]},
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        imap(**given)
