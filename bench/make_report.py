"""Make a report as Shadowserver's ``event4_sinkhole_http`` comes: 36 columns, one day, real address ranges.

One row in ten is an exact copy of another (half of the copies far away in the file), and the rows are of about
100,000 distinct conditions (an address and an infection). The same arguments give the same bytes.

    python bench/make_report.py --ranges asn-ipv4-num.csv --rows 1000000 --out 2026-03-01-event4_sinkhole_http-test.csv
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

HEADER = (
    "timestamp protocol src_ip src_port src_asn src_geo src_region src_city src_hostname src_naics src_sector "
    "device_vendor device_type device_model dst_ip dst_port dst_asn dst_geo dst_region dst_city dst_hostname dst_naics "
    "dst_sector public_source infection family tag application version event_id http_url http_host http_agent "
    "forwarded_by ssl_cipher http_referer"
).split()
CHUNK = 500_000
DAY = 86_400
START = 1_772_323_200  # 2026-03-01T00:00:00Z
PLACES = [
    ("AT", "WIEN", "VIENNA"),
    ("BR", "SAO PAULO", "SAO PAULO"),
    ("DE", "BERLIN", "BERLIN"),
    ("ID", "JAKARTA RAYA", "JAKARTA"),
    ("IN", "MAHARASHTRA", "MUMBAI"),
    ("JP", "TOKYO", "TOKYO"),
    ("KE", "NAIROBI", "NAIROBI"),
    ("MX", "CIUDAD DE MEXICO", "MEXICO CITY"),
    ("PL", "MAZOWIECKIE", "WARSAW"),
    ("US", "CALIFORNIA", "FREMONT"),
    ("VN", "HA NOI", "HANOI"),
    ("ZA", "GAUTENG", "JOHANNESBURG"),
]
INFECTIONS = [
    ("avalanche-andromeda", "andromeda", "avalanche"),
    ("boaxxe", "boaxxe", "3ve"),
    ("conficker", "conficker", "worm"),
    ("gozi", "gozi", "banker"),
    ("mirai", "mirai", "iot"),
    ("necurs", "necurs", "spam"),
    ("qsnatch", "qsnatch", "nas"),
    ("ramnit", "ramnit", "file-infector"),
    ("sality", "sality", "p2p"),
    ("vpnfilter", "vpnfilter", "router"),
]
SECTORS = ["Communications, Service Provider, and Hosting Service", "Information", "Educational Services", None]
AGENTS = [
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; .NET CLR 2.0.50727)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
    "Mozilla/5.0 (X11; Linux armv7l)",
    "curl/7.61",
    None,
]


@dataclass(frozen=True)
class Made:
    """What was made: the path, rows, rows that are copies, distinct conditions drawn from, bytes, seconds."""

    path: str
    rows: int
    copies: int
    conditions: int
    bytes: int
    seconds: float


def _numbers(count: int, seed: int) -> pl.Series:
    """Repeatable unsigned 64-bit numbers (splitmix64 over the row number), the same on every machine."""
    start = pl.lit(seed * 0xD1B54A32D192ED03 % 2**64, pl.UInt64)
    step = pl.lit(0x9E3779B97F4A7C15, pl.UInt64)
    frame = pl.select(z=pl.int_range(1, count + 1, dtype=pl.UInt64) * step + start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed = pl.col("z") ^ (pl.col("z") // pl.lit(2**shift, pl.UInt64))
        frame = frame.select(z=mixed * pl.lit(factor, pl.UInt64))
    return frame["z"]


def _pick(count: int, seed: int, below: int) -> pl.Series:
    return (_numbers(count, seed) // (2**16) % below).cast(pl.UInt32)


def _dotted(value: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}.{}.{}", value // 2**24, value // 2**16 % 256, value // 2**8 % 256, value % 256)


def _table(values: list[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def conditions(ranges: Path, count: int, seed: int) -> pl.DataFrame:
    """``count`` conditions: an address of a real range, its AS number and place, an infection and its sinkhole."""
    known = pl.read_csv(ranges, has_header=False, new_columns=["first", "last", "asn", "name"])
    drawn = known[_pick(count, seed, len(known))].with_columns(offset=_numbers(count, seed + 1) // 2**20)
    kind, place = _pick(count, seed + 2, len(INFECTIONS)), _pick(count, seed + 3, len(PLACES))
    sinkhole = _pick(count, seed + 4, 16)
    address = (pl.col("first") + (pl.col("offset") % (pl.col("last") - pl.col("first") + 1)).cast(pl.Int64)).cast(
        pl.UInt32
    )
    return drawn.select(
        src_ip=_dotted(address),
        src_asn=pl.col("asn"),
        src_geo=_table([p[0] for p in PLACES])[place],
        src_region=_table([p[1] for p in PLACES])[place],
        src_city=_table([p[2] for p in PLACES])[place],
        src_hostname=pl.when(pl.col("offset") % 3 == 0).then(pl.format("host-{}.example.net", address)),
        src_naics=pl.lit(518210),
        src_sector=_table(SECTORS)[_pick(count, seed + 5, len(SECTORS))],
        infection=_table([i[0] for i in INFECTIONS])[kind],
        family=_table([i[1] for i in INFECTIONS])[kind],
        tag=_table([i[2] for i in INFECTIONS])[kind],
        dst_ip=pl.Series([f"198.51.100.{1 + i}" for i in range(160)])[kind * 16 + sinkhole],
        http_host=pl.Series([f"sinkhole-{i}.example.org" for i in range(160)])[kind * 16 + sinkhole],
        http_agent=_table(AGENTS)[_pick(count, seed + 6, len(AGENTS))],
    )


def _chunk(known: pl.DataFrame, rows: int, seed: int, opens: int, closes: int) -> pl.DataFrame:
    """``rows`` distinct rows between two seconds of the day, in the order of time."""
    seconds = (_numbers(rows, seed + 7) // 2**20 % (closes - opens)).sort().cast(pl.Int64) + opens
    token = _numbers(rows, seed + 8)
    extra = pl.DataFrame({"at": seconds, "token": token}).select(
        timestamp=pl.from_epoch("at", time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"),
        protocol=pl.lit("tcp"),
        src_port=1024 + pl.col("token") // 2**7 % 64_000,
        dst_port=pl.lit(80),
        dst_asn=pl.lit(64496),
        dst_geo=pl.lit("US"),
        dst_region=pl.lit("CALIFORNIA"),
        dst_city=pl.lit("FREMONT"),
        dst_naics=pl.lit(518210),
        dst_sector=pl.lit("Communications, Service Provider, and Hosting Service"),
        application=pl.lit("http"),
        http_url=pl.format("GET /search?q={} HTTP/1.1", pl.col("token")),
    )
    frame = pl.concat([known[_pick(rows, seed + 9, len(known))], extra], how="horizontal")
    return frame.with_columns(pl.lit(None, pl.String).alias(c) for c in HEADER if c not in frame.columns).select(HEADER)


def _with_copies(frame: pl.DataFrame, copies: int, pool: pl.DataFrame | None, seed: int) -> pl.DataFrame:
    near = copies if pool is None else copies // 2
    parts = [frame, frame[_pick(near, seed + 10, len(frame))]]
    if pool is not None:
        parts.append(pool[_pick(copies - near, seed + 11, len(pool))])
    together = pl.concat(parts)
    return together[_numbers(len(together), seed + 12).arg_sort()]


def make(ranges: Path, rows: int, out: Path, seed: int = 20260301, distinct: int = 100_000) -> Made:
    """Write the report to ``out`` and what is true of it to ``out`` + ``.json``."""
    begun = time.perf_counter()
    known = conditions(ranges, min(distinct, max(1, rows // 2)), seed)
    pool: pl.DataFrame | None = None
    copies_made = 0
    with out.open("wb") as file:
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            copies = size // 10
            opens, closes = START + DAY * start // rows, START + DAY * (start + size) // rows
            frame = _chunk(known, size - copies, seed + start, opens, closes)
            full = _with_copies(frame, copies, pool, seed + start)
            full.write_csv(file, include_header=start == 0, quote_style="non_numeric")
            copies_made += copies
            sample = frame.head(20_000)
            pool = sample if pool is None else pl.concat([pool, sample])
    made = Made(str(out), rows, copies_made, len(known), out.stat().st_size, round(time.perf_counter() - begun, 1))
    out.with_suffix(out.suffix + ".json").write_text(json.dumps(asdict(made)) + "\n")
    return made


def main() -> None:
    """Make one report as the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--ranges", type=Path, required=True, help="CSV of first, last (as numbers), AS number, name")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True, help="the name says the type: …event4_sinkhole_http….csv")
    parser.add_argument("--seed", type=int, default=20260301)
    given = parser.parse_args()
    print(json.dumps(asdict(make(given.ranges, given.rows, given.out, given.seed))))


if __name__ == "__main__":
    main()
