"""The forms of obligations: questions of the law, drafts, and what is said of a submission."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.apps.law.queries import called, library, said
from tutela.apps.obligations.course import LONGEST
from tutela.core.law.facts import Type
from tutela.core.law.stating import COUNTRY, MOMENT, TIMEZONE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_ASKED: Final = 6
_LONGEST_FACT: Final = 2_000
NONE_OF_THEM: Final = "-"
"""How an empty choice is sent: an empty field is a question that nobody answered."""


def field_of(name: str) -> forms.Field:
    """The field in which a fact, a moment or a place is asked for; empty: not answered now."""
    label: dict[str, Any] = {"label": called(name), "required": False}
    if name.startswith(MOMENT):
        label["help_text"] = _("date and time, as your clock shows it")
        return forms.DateTimeField(**label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    if name == COUNTRY:
        return forms.CharField(**label, max_length=2, help_text=_("LU, DE, CN …"))
    if name == TIMEZONE:
        return forms.CharField(**label, max_length=60, help_text=_("such as Europe/Luxembourg"))
    fact = library().facts[name]
    label["help_text"] = said(fact.help)
    if fact.type is Type.YES_NO:
        choices = [("yes", _("yes")), ("no", _("no")), (UNKNOWN, _("not known"))]
        return forms.ChoiceField(**label, choices=choices, widget=forms.RadioSelect)
    if fact.type is Type.CHOICE:
        values = [(one or NONE_OF_THEM, one.replace("_", " ") or _("none of them")) for one in fact.values]
        return forms.ChoiceField(**label, choices=[("", "–"), *values, (UNKNOWN, _("not known"))])
    if fact.unit:
        label["help_text"] = f"{label['help_text']} ({fact.unit})"
    return forms.CharField(**label, max_length=200)


class QuestionsForm(forms.Form):
    """Questions of the law, the most decisive first; what is left empty stays open."""

    def __init__(self, *args: Any, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in names:
            self.fields[name] = field_of(name)
        self.fields["evidence"] = forms.CharField(label=_("On what it rests"), required=False, max_length=_LONGEST_FACT)

    def answers(self) -> Mapping[str, str]:
        """What was answered, as people write it; moments in UTC."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "evidence" and value}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()} | {
            name: "" for name, value in given.items() if value == NONE_OF_THEM
        }


class DraftForm(forms.Form):
    """A version of what is submitted: a text for each point of the checklist."""

    def __init__(self, *args: Any, points: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, point in enumerate(points or [""]):
            self.fields[f"text-{place}"] = _area(point or _("What is reported"), rows=3)
        self.fields["remarks"] = _area(_("Besides"), rows=5)

    def texts(self) -> list[str]:
        """The texts, in the order of the checklist."""
        return [text for name, text in self.cleaned_data.items() if name.startswith("text-")]


def _area(label: Any, rows: int) -> forms.CharField:
    attributes = {"rows": rows}
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=forms.Textarea(attrs=attributes), strip=True
    )


class SubmitForm(forms.Form):
    """That a report was handed in elsewhere, when, and what proves it."""

    at = forms.DateTimeField(
        label=_("Handed in"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    proof = forms.CharField(
        label=_("Proof"),
        max_length=LONGEST,
        help_text=_("the receipt of the recipient, or its number"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    """Why a clock is stopped without a report, or why what was said to be handed in was not."""

    reason = forms.CharField(label=_("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
