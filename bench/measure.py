"""Runs one command and says what it cost: seconds, CPU seconds and memory of its whole process tree."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

INTERVAL = 0.1


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    ``memory``: most bytes held at once by the whole tree, shared pages counted once (proportional set size), sampled
    ten times a second. ``resident``: the same with shared pages counted in every process. (The kernel's own record
    of the largest child is no use here: it begins with the size of the parent that forked it.)
    """

    seconds: float
    cpu: float
    memory: int
    resident: int
    exit_code: int
    output: str


class _Sampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.over = threading.Event()
        self.memory = self.resident = 0
        self.cpu: dict[tuple[int, float], float] = {}

    def run(self) -> None:
        while not self.over.wait(INTERVAL):
            self.sample()

    def sample(self) -> None:
        memory = resident = 0
        try:
            family = [self.root, *self.root.children(recursive=True)]
        except psutil.Error:
            return
        for process in family:
            try:
                full = process.memory_full_info()
                times = process.cpu_times()
                self.cpu[process.pid, process.create_time()] = times.user + times.system
            except psutil.Error:
                continue
            memory += full.pss
            resident += full.rss
        self.memory, self.resident = max(self.memory, memory), max(self.resident, resident)


def measured(command: Sequence[object], *, log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run ``command``; its standard error goes to ``log``, its standard output is given back."""
    with log.open("ab") as errors:
        begun = perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        sampler = _Sampler(process.pid)
        sampler.start()
        output = process.stdout.read() if process.stdout else b""
        _, status, used = os.wait4(process.pid, 0)
        seconds = perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.over.set()
    sampler.join()
    return Cost(
        seconds=seconds,
        cpu=max(used.ru_utime + used.ru_stime, sum(sampler.cpu.values())),
        memory=sampler.memory,
        resident=sampler.resident,
        exit_code=process.returncode,
        output=output.decode(errors="replace"),
    )
