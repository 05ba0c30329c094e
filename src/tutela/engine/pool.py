"""Runs one function over many tasks, on the cores of this machine.

The function has no global state and writes its output whole or not at all, so a task may run twice, here or elsewhere.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final, Self, TypeVar

from tutela.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MEMORY: Final = "dirty_decay_ms:-1,muzzy_decay_ms:-1,background_thread:false,narenas:1"
"""A worker sees one batch of a size after the other: it keeps the memory it has, in one place for all its threads.

Giving it back between batches costs a tenth more CPU time in page faults."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class Pool:
    """A pool of ``workers`` processes that starts at the first second task; one task alone runs right here."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def warm_up(self, module: str) -> None:
        """Start the processes and let them import ``module``, while the caller does something else."""
        if self.workers > 1:
            for _ in range(self.workers):
                self._start().submit(_import, module)

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Results in the order in which they are ready; at most ``workers + 1`` tasks are in memory."""
        source = iter(tasks)
        first = next(source, None)
        if first is None:
            return
        second = next(source, None) if self.workers > 1 else None
        if second is None:
            yield function(first)
            yield from map(function, source)
            return
        yield from self._spread(function, first, second, source)

    def _spread(
        self, function: Callable[[Task], Result], first: Task, second: Task, source: Iterator[Task]
    ) -> Iterator[Result]:
        executor = self._start()
        running: set[Future[Result]] = {executor.submit(function, first), executor.submit(function, second)}
        try:
            for task in source:
                if len(running) > self.workers:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from _results(done)
                running.add(executor.submit(function, task))
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from _results(done)
        finally:
            for future in running:
                future.cancel()

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            threads = max(1, len(os.sched_getaffinity(0)) // self.workers)
            os.environ["POLARS_MAX_THREADS"] = str(threads)  # for the children; this process has its own pool already
            os.environ["_RJEM_MALLOC_CONF"] = _MEMORY  # by now Polars has set it for itself, to give memory back soon
            self._executor = ProcessPoolExecutor(
                self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
            )
        return self._executor

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _results(done: set[Future[Result]]) -> list[Result]:
    try:
        return [future.result() for future in done]
    except BrokenProcessPool as error:
        raise Unavailable(
            "a worker process was ended from outside, most likely for want of memory",
            remedy="Give the same command again; with TUTELA_WORKERS=1 or a smaller TUTELA_SLICE_BYTES it needs less.",
        ) from error


def _import(module: str) -> None:
    importlib.import_module(module)


def _begin() -> None:
    gc.set_threshold(100_000, 50, 100)  # as in the main process: there are many objects, and few cycles among them
    _leave_with_parent()


def _leave_with_parent() -> None:
    """A worker whose parent was killed would wait for tasks for ever; it leaves instead."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="leave-with-parent").start()
