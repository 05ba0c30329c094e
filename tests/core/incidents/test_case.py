from __future__ import annotations

import pytest

from tutela.core.incidents.case import reference, reference_of


@pytest.mark.parametrize(("year", "sequence"), [(2026, 1), (2026, 12345)])
def test_a_reference_is_read_as_it_is_written(year: int, sequence: int) -> None:
    text = reference(year, sequence)
    assert reference_of(text) == reference_of(text.lower()) == reference_of(text[4:]) == (year, sequence)


@pytest.mark.parametrize("text", ["", "INC", "2026", "CVE-2026-0001", "192.0.2.0-24", "2026-0001x"])
def test_what_is_none_is_none(text: str) -> None:
    assert reference_of(text) is None
