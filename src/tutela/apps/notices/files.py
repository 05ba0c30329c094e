"""Rules and words from their files: those of the installation go before those that ship."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tutela.core.errors import BadInput
from tutela.core.notices import rules, texts

if TYPE_CHECKING:
    from tutela.core.notices.rules import Rules
    from tutela.core.notices.texts import Texts

CONTENT: Final = Path(__file__).resolve().parents[2] / "content" / "notices"
OWN: Final = "notices.yaml"


def rules_of(home: Path) -> Rules:
    """The rules in force; raises DefinitionErrors with all errors, BadInput where the file cannot be read."""
    own = home / OWN
    return rules_at(own if own.exists() else CONTENT / "rules.yaml")


def rules_at(path: Path) -> Rules:
    """The rules in a file; raises as `rules_of`."""
    try:
        return rules.load(path.read_bytes(), str(path))
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path), remedy="Mend the file.") from error


@cache
def languages() -> dict[str, Texts]:
    """The words of every language that ships, by BCP 47 tag."""
    found = (texts.load(path.read_bytes(), str(path)) for path in sorted((CONTENT / "texts").glob("*.yaml")))
    return {one.language: one for one in found}
