"""The floor: Polars reads the CSV and writes Parquet, and nothing else. Nothing that keeps events can be cheaper.

python bench/floor.py report.csv out.parquet
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def main() -> None:
    """Read the first argument, write the second, in one stream; all columns as text, as a report comes."""
    source, target = map(Path, sys.argv[1:3])
    pl.scan_csv(source, infer_schema=False).sink_parquet(target, compression="zstd")
    print(pl.scan_parquet(target).select(pl.len()).collect().item())


if __name__ == "__main__":
    main()
