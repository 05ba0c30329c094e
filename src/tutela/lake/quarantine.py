"""Rows that could not be read, kept with the reason until the feed is mended and they are replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tutela.core.pipeline import QUARANTINE_SCHEMA
from tutela.lake.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SCHEMA = pl.Schema({"report": pl.String(), **QUARANTINE_SCHEMA})


class Quarantine:
    """One Parquet file for each report that has quarantined rows."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "quarantine"

    def _path(self, report: str) -> Path:
        return self.folder / f"{report}.parquet"

    def replace(self, parts: Mapping[str, Sequence[Path]]) -> None:
        """Make ``parts`` (Parquet files of ``QUARANTINE_SCHEMA``) the quarantine of each report; none empties it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for report, files in parts.items():
            target = self._path(report)
            if not files:
                target.unlink(missing_ok=True)
                continue
            with whole_file(target, flush=True) as place:  # once the load is settled there is no other copy
                pl.scan_parquet(list(files)).sink_parquet(place)

    def rows(self, report: str | None = None) -> pl.LazyFrame:
        """The rows (columns of ``SCHEMA``) of one report, or of all."""
        paths = [self._path(report)] if report else sorted(self.folder.glob("*.parquet"))
        frames = [
            pl.scan_parquet(path).select(pl.lit(path.stem).alias("report"), *QUARANTINE_SCHEMA.names())
            for path in paths
            if path.exists()
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA).lazy()
