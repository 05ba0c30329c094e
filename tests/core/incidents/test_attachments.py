from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.incidents.attachments import ENDINGS, LARGEST, checked_name


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ("log.txt", "log.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\kim\\Q1 report.PDF", "Q1 report.PDF"),
        ("a\r\nSet-Cookie: b.txt", "a_Set-Cookie_ b.txt"),
        ('"; filename="x.html.txt', "_ filename=_x.html.txt"),
        ("报告.pdf", "报告.pdf"),
        ("\u202etxt.exe.csv", "_txt.exe.csv"),
    ],
)
def test_a_name_holds_nothing_that_misleads(given_: str, name: str) -> None:
    assert checked_name(given_, 1) == name


@pytest.mark.parametrize("name", ["run.exe", "page.html", "picture.svg", "README", "", ".", ".."])
def test_a_kind_that_is_not_kept_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        checked_name(name, 1)


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_nothing_and_too_much_are_refused(size: int) -> None:
    with pytest.raises(BadInput, match=r"is empty|is larger"):
        checked_name("a.txt", size)


@given(st.text(max_size=400))
def test_any_name_is_harmless_or_refused(text: str) -> None:
    try:
        name = checked_name(text, 1)
    except BadInput:
        return
    assert len(name) <= 200
    assert name.rpartition(".")[2].lower() in ENDINGS
    assert not set(name) & set('/\\"<>|:;\r\n\t\0')
