"""The forms of organisations: what may be given, and how long it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.core.mailkeys.certificate import MOST_BYTES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.apps.constituency.models import Contact


class CertificateForm(forms.Form):
    """A certificate for a contact that has an address."""

    contact = forms.TypedChoiceField(label=_("Contact"), coerce=int)
    text = forms.CharField(
        label=_("Certificate"),
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 12, "class": "code", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "The public key as text: BEGIN PGP PUBLIC KEY BLOCK, or BEGIN CERTIFICATE (S/MIME). Never a private key."
        ),
    )

    def __init__(self, *args: object, contacts: Iterable[Contact], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as Django takes them
        choices = [(one.pk, f"{one.role}: {one.email}") for one in contacts if one.email]
        self.fields["contact"].choices = choices  # type: ignore[attr-defined]


class DropForm(forms.Form):
    """Which certificate of which contact goes."""

    contact = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    kind = forms.TypedChoiceField(coerce=Kind, choices=[(kind.value, kind.label) for kind in Kind])
