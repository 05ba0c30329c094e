"""The comparison, in one run on one machine: the floor, Tutela with the whole Internet as constituency, and IntelMQ.

    bench/compare --schema intelmq.json [--rows 1000000 10000000] [--peer-rows 20000] [--work FOLDER]

``--schema`` is Shadowserver's schema for IntelMQ, which both read. The address ranges (515,000 of 91,000 networks) come
from the npm package @ip-location-db/asn, fetched once by npm, or from ``--ranges``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import intelmq_peer
from make_report import make
from measure import Cost, measured

HERE = Path(__file__).resolve().parent
RANGES = "@ip-location-db/asn"
GIBIBYTE = 2**30


def _ranges(work: Path) -> Path:
    folder = work / "ranges"
    if not (folder / "package").exists():
        if not shutil.which("npm"):
            sys.exit(
                f"bench: npm is not here to fetch {RANGES}; unpack that package yourself and name it with --ranges."
            )
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", RANGES], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def _report(work: Path, ranges: Path, rows: int) -> Path:
    path = work / f"2026-03-01-event4_sinkhole_http-bench{rows}.csv"
    if not path.with_suffix(".csv.json").exists():
        make(ranges / "asn-ipv4-num.csv", rows, path)
    return path


def _line(part: str, rows: int, cost: Cost) -> dict[str, Any]:
    return {
        "part": part,
        "rows": rows,
        "seconds": round(cost.seconds, 2),
        "events_per_second": round(rows / cost.seconds),
        "cpu_seconds_per_million": round(cost.cpu / rows * 1e6, 2),
        "memory_bytes": cost.memory,
        "resident_bytes": cost.resident,
        "exit_code": cost.exit_code,
    }


def floor(work: Path, report: Path, rows: int) -> dict[str, Any]:
    """Part (a)."""
    target = work / "floor.parquet"
    cost = measured([sys.executable, HERE / "floor.py", report, target], log=work / "floor.log")
    target.unlink(missing_ok=True)
    return _line("floor", rows, cost)


def tutela(work: Path, report: Path, rows: int, schema: Path, ranges: Path) -> list[dict[str, Any]]:
    """Part (b): a new home, the whole Internet as its constituency, then the report; each a process of its own."""
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    settings = {"TUTELA_HOME": str(home), "TUTELA_DATABASE_URL": "", "TUTELA_LAKE": ""}
    log = work / "tutela.log"
    command = [sys.executable, "-m", "tutela"]
    _must(measured([*command, "feeds", "import-shadowserver", schema], log=log, environment=settings), log)
    files = [ranges / "asn-ipv4.csv", ranges / "asn-ipv6.csv"]
    imported = measured([*command, "constituency", "import", *files], log=log, environment=settings)
    _must(imported, log)
    count = sum(sum(1 for _ in file.open("rb")) for file in files)
    first = measured([*command, "ingest", "--json", report], log=log, environment=settings)
    _must(first, log)
    line = _line("tutela ingest", rows, first)
    line["report"] = _counts(first)
    if line["report"]["rows"] != rows:
        sys.exit(f"bench: {report} has {line['report']['rows']:,} rows, not {rows:,}; remove it, and it is made anew.")
    again = measured([*command, "ingest", "--json", report], log=log, environment=settings)
    _must(again, log)
    disk = sum(file.stat().st_size for file in (home / "lake").rglob("*") if file.is_file())
    line["lake_bytes"] = disk
    return [_line("tutela constituency import", count, imported), line, _line("tutela ingest, again", rows, again)]


def _must(cost: Cost, log: Path) -> None:
    if cost.exit_code:
        sys.exit(f"bench: tutela ended with {cost.exit_code}: {log.read_text()[-2000:]}")


def _counts(cost: Cost) -> dict[str, Any]:
    report = json.loads(cost.output)["reports"][0]
    return {key: report[key] for key in ("rows", "read", "skipped", "quarantined", "events", "new", "duplicate")}


def ratios(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What is required of part (b): against the peer, against the floor, and against itself with more rows."""
    ours = [line for line in lines if line["part"] == "tutela ingest"]
    floors = {line["rows"]: line for line in lines if line["part"] == "floor"}
    peers = [line for line in lines if line["part"].startswith("IntelMQ")]
    found: dict[str, Any] = {}
    for line in ours:
        name = f"{line['rows']:,} rows"
        against = floors[line["rows"]]
        found[f"{name}: CPU seconds, times the floor (at most 3)"] = round(
            line["cpu_seconds_per_million"] / against["cpu_seconds_per_million"], 2
        )
        if peers:
            found[f"{name}: events/s, times IntelMQ (at least 250)"] = round(
                line["events_per_second"] / peers[0]["events_per_second"]
            )
        found[f"{name}: peak memory in GiB (at most 1.5)"] = round(line["memory_bytes"] / GIBIBYTE, 2)
    if len(ours) > 1:
        small, large = ours[0], ours[-1]
        growth = (large["seconds"] / small["seconds"]) / (large["rows"] / small["rows"])
        found["seconds per row, large over small (linear: about 1)"] = round(growth, 2)
    return found


def table(lines: list[dict[str, Any]]) -> str:
    """The lines for people."""
    text = [f"{'part':<28}{'rows':>12}{'seconds':>10}{'events/s':>12}{'CPU s/M':>10}{'peak GiB':>10}"]
    for line in lines:
        memory = line["memory_bytes"] / GIBIBYTE
        text.append(
            f"{line['part']:<28}{line['rows']:>12,}{line['seconds']:>10.1f}{line['events_per_second']:>12,.0f}"
            f"{line['cpu_seconds_per_million']:>10.1f}{memory:>10.2f}"
        )
    return "\n".join(text)


def main() -> None:
    """Run all parts and print a table, then JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--schema", type=Path, default=os.environ.get("TUTELA_SHADOWSERVER_SCHEMA"))
    parser.add_argument("--ranges", type=Path, help="the unpacked npm package, if it is here already")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--peer-rows", type=int, default=20_000, help="0: without the peer")
    parser.add_argument("--work", type=Path, default=Path("var/bench"), help="kept: what was made once is used again")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    if given.schema is None or not Path(given.schema).exists():
        parser.error("--schema must name Shadowserver's schema for IntelMQ")
    work = given.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    ranges = given.ranges or _ranges(work)
    lines: list[dict[str, Any]] = []
    if given.peer_rows:  # first, on a quiet machine
        peer = _report(work, ranges, given.peer_rows)
        lines.append(intelmq_peer.measure(peer, Path(given.schema), ranges, work / "peer"))
        print(table(lines[-1:]), file=sys.stderr)
    for rows in given.rows:
        report = _report(work, ranges, rows)
        lines.append(floor(work, report, rows))
        lines += tutela(work, report, rows, Path(given.schema), ranges)
        print(table(lines[-4:]), file=sys.stderr)
    result = {"machine": f"{os.cpu_count()} cores, {platform.machine()}", "lines": lines, "ratios": ratios(lines)}
    print(table(lines))
    print("\n".join(f"{name}: {value}" for name, value in result["ratios"].items()))
    print(json.dumps(result))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
