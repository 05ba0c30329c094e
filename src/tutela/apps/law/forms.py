"""The forms of the law."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST = 2_000


class ConfirmForm(forms.Form):
    """That something was read in the law, and where."""

    digest = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    source = forms.CharField(
        label=_("Where you read it"),
        max_length=_LONGEST,
        help_text=_("The official text and its article, so that somebody else finds it."),
    )
