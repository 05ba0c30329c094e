from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tutela.cli.context import moment, parse_basis
from tutela.core.errors import WrongUse


def test_times_are_utc_where_they_name_no_zone() -> None:
    assert moment(None, "--since") is None
    assert moment("2026-03-01", "--since") == datetime(2026, 3, 1, tzinfo=UTC)
    assert moment("2026-03-01T12:00:00+02:00", "--since") == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "now", "10000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30"]
)
def test_what_is_no_time_is_told_with_its_option(text: str) -> None:
    with pytest.raises(WrongUse) as told:
        moment(text, "--until")
    assert told.value.where == "--until"


@pytest.mark.parametrize("text", ["", "@", "x", "x@", "@1"])
def test_what_is_no_legal_ground_is_told(text: str) -> None:
    with pytest.raises(WrongUse, match="TUTELA_BASIS"):
        parse_basis(text, "TUTELA_BASIS")
