"""The words of notices: one file for each language, with what each kind of finding means and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.reading import read

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH = "en"


def _known(kinds: dict[str, Kind]) -> dict[str, Kind]:
    unknown = sorted(set(kinds) - set(TAXONOMY_OF_TYPE))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no type of RSIT")
    return kinds


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(_Part):
    """What a kind of finding is called, what it means, and what to do."""

    title: str
    meaning: str
    action: str


class Phrases(_Part):
    """What stands around the findings; names in braces are filled in."""

    subject: str
    subject_one: str
    greeting: str
    greeting_unnamed: str
    opening: str
    meaning: str
    action: str
    deadline: str
    severity: str
    last_seen: str
    more: str
    attached: str
    acknowledge: str
    claim: str
    console: str
    proof: str
    closing: str
    ask_subject: str
    ask_opening: str
    ask_confirm: str
    ask_otherwise: str


class Texts(_Part):
    """All words of one language (BCP 47), with where they come from and since when."""

    language: str
    version: str
    source: str
    licence: str
    phrases: Phrases
    severities: tuple[str, str, str, str, str, str] = Field(description="0 undefined … 5 critical")
    default: Kind
    types: Annotated[dict[str, Kind], AfterValidator(_known)]

    def kind(self, type_: str) -> Kind:
        """The words for a type of RSIT; those for anything where it has none of its own."""
        return self.types.get(type_, self.default)


def load(content: bytes | str, path: str) -> Texts:
    """The words in a file; raises DefinitionErrors with all errors."""
    return read(content, path, Texts, "content/notices/texts/en.yaml")


def best(texts: Mapping[str, Texts], *wanted: str) -> Texts:
    """The words in the first wanted language that there is, by its whole tag or its first part; else English."""
    by_tag = {tag.lower(): found for tag, found in texts.items()}
    for tag in filter(None, wanted):
        language = tag.lower().split("-")[0]
        for known, found in by_tag.items():
            if known == tag.lower() or known.split("-")[0] == language:
                return found
    return by_tag[ENGLISH]
