"""The form of correspondence: what a message answers, and in which thread."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.apps.correspondence.models import Message
from tutela.web.words import THREAD

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class AssignForm(forms.Form):
    """A notice or an incident, by its id or the address of its page."""

    answered = forms.CharField(
        label=_("What it answers"),
        max_length=500,
        widget=forms.TextInput(attrs={"list": "answered", "autocomplete": "off"}),
        help_text=_("Id of a notice or an incident, or the address of its page."),
    )
    thread = forms.TypedChoiceField(label=_("Thread"), coerce=Message.Thread, choices=list(THREAD.items()))

    def clean_answered(self) -> UUID:
        """The id in what was given."""
        found = _ID.search(self.cleaned_data["answered"])
        if found is None:
            raise forms.ValidationError(_("There is no id in it."))
        return UUID(found[0])
