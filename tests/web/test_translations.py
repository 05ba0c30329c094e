"""Simplified Chinese is complete: every text of the pages is in the catalogue, and the compiled one says the same."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src/tutela"
CATALOGUE = SOURCE / "locale/zh_Hans/LC_MESSAGES/django.po"
TEXT = r'"((?:[^"\\]|\\.)*)"'


def entries() -> dict[str, str]:
    """Texts with their translation; of a plural the one translation that Chinese has."""
    found = {}
    for entry in CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]:
        parts = dict(re.findall(rf"^(msgid|msgid_plural|msgstr\S*) {TEXT}", entry, re.MULTILINE))
        found[parts["msgid"]] = parts.get("msgstr") or parts.get("msgstr[0]", "")
    return found


def wanted() -> set[str]:
    """Every text that templates and modules mark for translation."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {one for pair in re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)')""", text) for one in pair if one}
        found |= set(re.findall(r"""_\("([^"]+)"\)""", text))
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "gettext" in text:
            found |= set(re.findall(rf"\b_\(\s*{TEXT}", text)) | set(re.findall(rf"ngettext\(\s*{TEXT}", text))
    return found


def test_every_text_is_translated() -> None:
    known = entries()
    assert sorted(one for one in wanted() if not known.get(one)) == []


def test_no_translation_has_lost_what_is_filled_in() -> None:
    wrong = [
        text
        for text, translation in entries().items()
        if not set(re.findall(r"%\(\w+\)s", translation)) <= set(re.findall(r"%\(\w+\)s", text)) | {"%(needed)s"}
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    other = {text for text, translation in entries().items() if compiled.ngettext(text, text, 1) != translation}
    singular = {text for text in other if compiled.gettext(text) != entries()[text]}
    assert singular == set(), "compile it anew: msgfmt -o django.mo django.po"


@pytest.mark.parametrize("text", ["Findings", "verified closed", "Situation"])
def test_the_words_of_the_house_differ_from_english(text: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", entries()[text])
