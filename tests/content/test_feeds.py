"""Every feed that ships is sound, says where it comes from, and reads its own small invented report as it should."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import orjson
import pytest

from tests.content.harmonising import delivered, harmonised
from tests.core.accounting import account
from tutela.core.feeds.compile import compile_feed
from tutela.core.feeds.linter import lint, load
from tutela.engine.catalogue import Catalogue

FEEDS = Path(__file__).resolve().parents[2] / "src/tutela/content/feeds"
SAMPLES = Path(__file__).with_name("samples")
NAMES = sorted(path.stem for path in FEEDS.glob("*.yaml"))
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
DOCUMENTATION = re.compile(r"^(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89]\.\d+|127\.0\.0)\.\d+$")


def test_there_are_many_feeds() -> None:
    assert len(NAMES) >= 25


def test_all_definitions_are_sound() -> None:
    assert lint({str(path): path.read_text() for path in sorted(FEEDS.glob("*.yaml"))}) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_feed_says_what_it_is(name: str) -> None:
    feed = load(FEEDS / f"{name}.yaml")
    assert feed.name == name
    assert feed.source
    assert feed.licence
    assert feed.tlp is not None


def test_no_two_feeds_replace_the_same_parser() -> None:
    feeds = [load(FEEDS / f"{name}.yaml") for name in NAMES]
    replaced = Counter((part.module, orjson.dumps(part.when)) for feed in feeds for part in feed.replaces)
    assert not [module for module, count in replaced.items() if count > 1]


def test_every_feed_has_a_sample() -> None:
    assert sorted(path.name for path in SAMPLES.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_its_events(name: str) -> None:
    folder = SAMPLES / name
    (report,) = (path for path in folder.iterdir() if path.name not in {"delivery.json", "expected.json"})
    delivery = folder / "delivery.json"
    told = orjson.loads(delivery.read_bytes()) if delivery.exists() else {}
    expected = orjson.loads((folder / "expected.json").read_bytes())
    events, skipped, quarantined = harmonised(load(FEEDS / f"{name}.yaml"), report.read_bytes(), told)
    assert {"events": events, "skipped": skipped, "quarantined": quarantined} == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_sample_is_accounted_for(name: str) -> None:
    folder = SAMPLES / name
    (report,) = (path for path in folder.iterdir() if path.name not in {"delivery.json", "expected.json"})
    delivery = folder / "delivery.json"
    told = orjson.loads(delivery.read_bytes()) if delivery.exists() else {}
    feed = compile_feed(load(FEEDS / f"{name}.yaml"))
    whole = account(feed, report.read_bytes(), report=delivered(told))
    assert whole.rows
    assert account(feed, report.read_bytes(), report=delivered(told), slice_bytes=50) == whole


def test_no_report_is_taken_for_that_of_another_feed(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    taken = {}
    for name in NAMES:
        (report,) = (path for path in (SAMPLES / name).iterdir() if path.name not in {"delivery.json", "expected.json"})
        taken[name] = catalogue.recognise(report.name, report.read_bytes()[:4096])
    assert taken.pop("shodan-minimal") == "shodan"  # the same report; which of the two is a choice of the user
    assert taken.pop("idf-stream") == "idf-json"  # the same events; only what is sent to the interface is a stream
    assert {name: found for name, found in taken.items() if found not in (None, name)} == {}
    assert sum(found is not None for found in taken.values()) >= 28


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_names_nobody(name: str) -> None:
    for path in (SAMPLES / name).iterdir():
        for address in ADDRESS.findall(path.read_text()):
            # DShield writes three digits for each byte; bogons and resolvers hold documentation networks only.
            plain = ".".join(str(int(part)) for part in address.split("."))
            assert DOCUMENTATION.match(plain), f"{path.name}: {address}"
