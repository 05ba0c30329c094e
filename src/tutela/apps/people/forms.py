"""The forms of people: what may be given, and how long it may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tutela.apps.people.models import ROLE_TITLES
from tutela.core.rights import Right, Role
from tutela.web.filters import without

LISTS = ("findings", "incidents", "obligations", "organisations", "laws", "notices", "correspondence")
"""The lists of which views are saved, by the names of their addresses."""

_MOST_ORGANISATIONS = 50


class PlaceForm(forms.Form):
    """A role, and the organisations that go with it."""

    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, title) for role, title in ROLE_TITLES.items()])
    organisations = forms.CharField(
        label=_("Organisations"),
        required=False,
        max_length=2000,
        help_text=_("Ids with blanks between; only for people of an organisation."),
    )

    def clean_role(self) -> Role:
        """As a role."""
        return Role(self.cleaned_data["role"])

    def clean_organisations(self) -> list[str]:
        """As ids, each once."""
        return list(dict.fromkeys(self.cleaned_data["organisations"].split()))[:_MOST_ORGANISATIONS]


class PersonForm(PlaceForm):
    """A person who is written down."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    field_order = ("email", "name", "role", "organisations")


class PreferencesForm(forms.Form):
    """How somebody wants to be called and shown the pages."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone)
        self.fields["language"].choices = [("", _("as the browser asks")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [("", "UTC"), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]


class ViewForm(forms.Form):
    """A view of a list: its name, and what stands after the question mark in the address of the list."""

    place = forms.ChoiceField(choices=[(name, name) for name in LISTS])
    question = forms.CharField(max_length=2_000, required=False)
    name = forms.CharField(max_length=80)
    shared = forms.BooleanField(required=False)

    def clean_question(self) -> str:
        """Filters and order; where in the list somebody was, and that they wanted a file, is of the moment."""
        return without(QueryDict(self.cleaned_data["question"]), "format")


class TokenForm(forms.Form):
    """A token for programs."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    days = forms.TypedChoiceField(
        label=_("Holds for"),
        choices=[("7", _("a week")), ("30", _("a month")), ("90", _("three months")), ("365", _("a year"))],
        coerce=lambda text: timedelta(days=int(text)),
        initial="90",
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, rights: list[Right], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(right.value, right.value) for right in rights]  # type: ignore[attr-defined]

    def clean_scopes(self) -> list[Right]:
        """As rights."""
        return [Right(value) for value in self.cleaned_data["scopes"]]


class WelcomeForm(SetPasswordForm):  # type: ignore[type-arg]  # no generic at run time
    """The first password."""
