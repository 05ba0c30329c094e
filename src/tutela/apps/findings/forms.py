"""The form of a step in the life of a finding."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.apps.findings.queries import RIGHT_TO
from tutela.core.findings.life import Act


class StepForm(forms.Form):
    """What somebody wants to do with one finding or many; what a step needs, the step itself says."""

    act = forms.ChoiceField(choices=[(act.value, act.value) for act in RIGHT_TO])
    reason = forms.CharField(
        max_length=2000,
        required=False,
        strip=True,
        error_messages={"max_length": _("The reason is longer than 2,000 characters.")},
    )
    until = forms.DateField(required=False, error_messages={"invalid": _("The end is not a day.")})

    def clean_act(self) -> Act:
        """As an act."""
        return Act(self.cleaned_data["act"])

    def clean_until(self) -> datetime | None:
        """The last moment of the day, in UTC."""
        day: date | None = self.cleaned_data["until"]
        return datetime.combine(day, time.max, UTC) if day else None
