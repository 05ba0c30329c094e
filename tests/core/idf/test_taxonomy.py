"""Types and taxonomies of RSIT."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from tutela.core.idf.taxonomy import (
    LEGACY_TAXONOMIES,
    LEGACY_TYPES,
    NOT_IN_RSIT,
    TAXONOMY_OF_TYPE,
    TYPES_OF_TAXONOMY,
    canonical_taxonomy,
    canonical_type,
    taxonomy_of,
)

SHARED = Path(__file__).resolve().parents[4] / "shared"


def on(function, values):
    return pl.DataFrame({"a": pl.Series(values, dtype=pl.String)}).select(function(pl.col("a"))).to_series().to_list()


def test_today_s_types_stay():
    assert on(canonical_type, list(TAXONOMY_OF_TYPE)) == list(TAXONOMY_OF_TYPE)
    assert on(canonical_taxonomy, list(TYPES_OF_TAXONOMY)) == list(TYPES_OF_TAXONOMY)


def test_old_spellings_are_rewritten_to_types_that_exist():
    assert on(canonical_type, list(LEGACY_TYPES)) == list(LEGACY_TYPES.values())
    assert set(LEGACY_TYPES.values()) <= set(TAXONOMY_OF_TYPE)
    assert on(canonical_taxonomy, list(LEGACY_TAXONOMIES)) == list(LEGACY_TAXONOMIES.values())
    assert on(canonical_type, [" C&C ", "Botnet Drone"]) == ["c2-server", "infected-system"]


def test_what_is_not_known():
    assert on(canonical_type, ["nonsense", None]) == [None, None]
    assert on(canonical_taxonomy, ["nonsense", None]) == [None, None]
    assert on(taxonomy_of, ["nonsense", None, "phishing"]) == ["other", None, "fraud"]
    assert set(TAXONOMY_OF_TYPE) > NOT_IN_RSIT


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared material is not beside the project")
def test_the_table_is_that_of_the_data_format():
    lines = (SHARED / "facts" / "idf.md").read_text().splitlines()
    start = lines.index("| taxonomy | types |") + 2
    table = {}
    for line in lines[start:]:
        row = re.fullmatch(r"\| ([a-z-]+) \| ([a-z0-9, -]+) \|", line)
        if row is None:
            break
        table[row[1]] = tuple(row[2].split(", "))
    assert table == dict(TYPES_OF_TAXONOMY)
