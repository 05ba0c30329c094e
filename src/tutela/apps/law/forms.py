"""The forms of the law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.apps.law.queries import called, library
from tutela.core.law.facts import Type
from tutela.core.law.stating import COUNTRY, ORGANISATION, PLACE, UNKNOWN, statable

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 2_000
NONE_OF_THEM: Final = "-"
"""How an empty choice is sent: an empty field is a question that nobody answered."""


class ConfirmForm(forms.Form):
    """That something was read in the law, and where."""

    digest = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    source = forms.CharField(
        label=_("Where you read it"),
        max_length=_LONGEST,
        help_text=_("The official text and its article, so that somebody else finds it."),
    )


def _evidence() -> forms.CharField:
    return forms.CharField(label=_("On what it rests"), max_length=_LONGEST, required=False)


class AnswersForm(forms.Form):
    """Answers to questions about an organisation; what was left open is not stated."""

    evidence = _evidence()

    def __init__(self, *args: Any, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(names)
        for name in self.names:
            self.fields[name] = forms.CharField(label=called(name), max_length=_LONGEST, required=False)

    @property
    def facts(self) -> dict[str, str]:
        """What was answered, by the name of the fact."""
        given = {name: self.cleaned_data[name] for name in self.names if self.cleaned_data[name]}
        return {name: "" if text == NONE_OF_THEM else text for name, text in given.items()}


def _statable() -> list[tuple[str, str]]:
    return [(name, called(name)) for name in (*PLACE, *(fact.name for fact in statable(library(), ORGANISATION)))]


class StatementForm(forms.Form):
    """One fact that is stated, or stated anew."""

    name = forms.ChoiceField(label=_("Fact"), choices=_statable)
    text = forms.CharField(
        label=_("Value"), max_length=_LONGEST, help_text=_("yes or no, a number, a word of the choice, or: unknown")
    )
    evidence = _evidence()

    @property
    def facts(self) -> dict[str, str]:
        """What was stated, by the name of the fact."""
        return {self.cleaned_data["name"]: self.cleaned_data["text"]}


def choices(name: str) -> list[tuple[str, Any]]:
    """What can be chosen as the answer to a question; nothing where it is written."""
    fact = library().facts.get(name)
    if name == COUNTRY or fact is None:
        return []
    if fact.type is Type.YES_NO:
        return [("yes", _("yes")), ("no", _("no")), (UNKNOWN, _("nobody knows"))]
    return [(one or NONE_OF_THEM, one or _("none of them")) for one in fact.values]
