"""What an earlier run staged is taken up while it still holds, and only then."""

import pytest

from tests.lake.test_table import DAY, events, put, stored
from tutela.engine.staged import Staged, forget, read_events, remember, staged_before, write_events
from tutela.lake.table import EventTable


@pytest.fixture
def table(tmp_path):
    return EventTable(tmp_path / "lake")


def left(table, folder, *, writes: bool) -> Staged:
    """A slice of two events, of which the lake's folder has one, or none."""
    folder.mkdir(exist_ok=True)
    files = (table.write(stored(events(1)), DAY, "load-slice"),) if writes else ()
    counts = {"rows": 2, "read": 2, "skipped": 0, "quarantined": 0, "events": 2, "invalid": 0}
    staged = Staged(str(folder / "slice"), "report", **counts, first=None, last=None, notes=[], files=files, version=0)
    write_events(events(2) if writes else events(1, 2), staged)
    remember(staged)
    return staged


@pytest.mark.parametrize("writes", [True, False])
def test_what_was_judged_holds_while_the_table_is_the_same(writes, table, tmp_path):
    staged = left(table, tmp_path / "work", writes=writes)
    assert staged_before(staged.target, table.folder.parent, version=table.version()) == staged
    put(table, events(1), "other")
    now = staged_before(staged.target, table.folder.parent, version=table.version())
    assert now == (None if writes else staged)  # what is set aside is looked at later
    assert staged_before(staged.target, table.folder.parent, version=None) == staged
    forget(staged.target)
    assert staged_before(staged.target, table.folder.parent, version=None) is None


def test_a_file_that_care_for_the_lake_took_away_is_missed_until_the_load_is_committed(table, tmp_path):
    staged = left(table, tmp_path / "work", writes=True)
    (table.folder / staged.files[0].path).unlink()
    assert staged_before(staged.target, table.folder.parent, version=0) is None
    assert staged_before(staged.target, table.folder.parent, version=None) == staged


def test_a_folder_that_was_moved_takes_its_slices_along(table, tmp_path):
    left(table, tmp_path / "work", writes=False)
    (tmp_path / "work").rename(tmp_path / "moved")
    found = staged_before(str(tmp_path / "moved" / "slice"), table.folder.parent, version=0)
    assert found is not None
    assert read_events(found)["source.ip"].to_list() == ["192.0.2.1", "192.0.2.2"]
