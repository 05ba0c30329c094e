"""The words of notices: complete in every language, and chosen by the contact's."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from tutela.core.errors import DefinitionErrors
from tutela.core.notices import texts
from tutela.core.notices.texts import Texts, best

FOLDER = Path(__file__).parents[3] / "src/tutela/content/notices/texts"
ALL = {
    one.language: one for one in (texts.load(path.read_bytes(), path.name) for path in sorted(FOLDER.glob("*.yaml")))
}


def test_the_languages_of_the_console_are_there() -> None:
    assert set(ALL) == {"en", "zh-Hans"}


@pytest.mark.parametrize("language", sorted(ALL))
def test_every_language_says_as_much_as_english(language: str) -> None:
    english, other = ALL["en"], ALL[language]
    assert set(other.types) == set(english.types)
    assert len(other.types) >= 15
    for name, phrase in other.phrases:
        wanted = {field for _, field, _, _ in Formatter().parse(getattr(english.phrases, name)) if field}
        assert {field for _, field, _, _ in Formatter().parse(phrase) if field} == wanted, name
    for kind in (other.default, *other.types.values()):
        assert all((kind.title, kind.meaning, kind.action))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("zh-Hans",), "zh-Hans"),
        (("zh-CN",), "zh-Hans"),
        (("ZH",), "zh-Hans"),
        (("fr", "zh"), "zh-Hans"),
        (("", "en-GB"), "en"),
        (("fr",), "en"),
        ((), "en"),
    ],
)
def test_the_first_wanted_language_that_there_is(wanted: tuple[str, ...], found: str) -> None:
    assert best(ALL, *wanted).language == found


def test_a_type_without_words_of_its_own_has_those_for_any() -> None:
    english: Texts = ALL["en"]
    assert english.kind("outage") == english.default


@pytest.mark.parametrize("text", ["", "[]", "language: en", "{", "language: en\ntypes: {virus: {}}"])
def test_a_file_that_is_no_language_is_told(text: str) -> None:
    with pytest.raises(DefinitionErrors):
        texts.load(text, "xx.yaml")
