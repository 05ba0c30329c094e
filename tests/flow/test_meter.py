from __future__ import annotations

import json

import pytest

from tests.flow import world
from tests.flow.test_ingest import furnished, put
from tutela.cli.main import main
from tutela.flow.meter import Meter

__all__ = ["furnished"]


def test_it_tells_the_stage_and_the_bytes() -> None:
    told: list[tuple[str, int, int | None]] = []
    meter = Meter(lambda *state: told.append(state), total=30)
    meter.enter("reading")
    meter.take_up(10)
    meter.reach(4)
    meter.reach(99)  # a reader may look beyond the end
    meter.take_up(20)
    meter.reach(5)
    meter.enter("writing")
    meter.take_up(5)  # what came twice is counted twice, but there is no more than all
    assert [(stage, done) for stage, done, _ in told] == [
        ("reading", 0),
        ("reading", 0),
        ("reading", 4),
        ("reading", 10),
        ("reading", 10),
        ("reading", 15),
        ("writing", 30),
        ("writing", 30),
    ]
    assert {total for _, _, total in told} == {30}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quiet", [False, True])
def test_an_ingest_on_a_terminal_tells_how_far_it_is(quiet, furnished, tmp_path, capsys, monkeypatch) -> None:
    """Through all stages to all bytes; with --json the terminal stays quiet."""
    told: list[dict[str, object]] = []
    monkeypatch.setenv("TUTELA_SLICE_BYTES", "4096")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("rich.progress.Progress.update", lambda _bar, _task, **state: told.append(state))
    (tmp_path / "reports").mkdir()
    put(tmp_path / "reports", "sightings-a.csv", world.report(500, seed=1))
    put(tmp_path / "reports", "sightings-b.csv", world.report(100, seed=2))
    size = sum(path.stat().st_size for path in (tmp_path / "reports").iterdir())
    assert main(["ingest", str(tmp_path / "reports"), *(["--json"] if quiet else [])]) == 0
    printed = capsys.readouterr()
    if quiet:
        assert (told, printed.err) == ([], "")
        assert len(json.loads(printed.out)["reports"]) == 2
        return
    stages = [state["description"] for state in told]
    assert list(dict.fromkeys(stages)) == ["receiving", "reading", "writing", "settling"]
    done = [state["completed"] for state in told]
    assert done == sorted(done)
    assert set(done) == {0, (tmp_path / "reports/sightings-a.csv").stat().st_size, size}
    assert {state["total"] for state in told} == {size}
