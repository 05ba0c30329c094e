"""The pool: all results, bounded memory, no orphans."""

import importlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tutela.core.errors import Unavailable
from tutela.engine.pool import Pool


def double(number: int) -> int:
    return number * 2


def what_the_allocator_hears(_number: int) -> str:
    importlib.import_module("polars")  # which puts what it wants before what is there; the last word counts
    return os.environ["_RJEM_MALLOC_CONF"]


def die(_number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_task_gives_its_result(workers, count):
    with Pool(workers) as pool:
        assert sorted(pool.run(double, range(count))) == [number * 2 for number in range(count)]


def test_a_pool_that_was_warmed_up_works_as_any_other():
    with Pool(2) as pool:
        pool.warm_up("tutela.core.errors")
        assert sorted(pool.run(double, range(3))) == [0, 2, 4]


def test_tasks_are_taken_only_as_they_are_needed():
    taken = []

    def tasks():
        for number in range(20):
            taken.append(number)
            yield number

    with Pool(2) as pool:
        for done, _ in enumerate(pool.run(double, tasks()), start=1):
            assert len(taken) <= done + 2 * 2 + 1


def test_workers_keep_the_memory_they_have_whatever_polars_wants():
    with Pool(2) as pool:
        heard = set(pool.run(what_the_allocator_hears, range(4)))
    said = {words.rpartition("dirty_decay_ms:")[2].partition(",")[0] for words in heard}
    assert said == {"-1"}


def test_a_worker_that_is_killed_is_told_in_a_sentence():
    with Pool(2) as pool, pytest.raises(Unavailable, match="worker process"):
        list(pool.run(die, range(4)))


def test_workers_leave_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
        import os, sys, time
        from tutela.engine.pool import Pool
        from tests.engine.test_pool import double
        if __name__ == "__main__":
            with Pool(2) as pool:
                list(pool.run(double, range(4)))
                print(*pool._executor._processes, flush=True)
                time.sleep(60)
        """)
    )
    root = Path(__file__).parents[2]
    environment = dict(os.environ) | {"PYTHONPATH": f"{root / 'src'}:{root}"}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout
    children = [int(number) for number in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(child) for child in children)


def _alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
