"""The forms of incidents: one for each thing that can be done, by the name of its act."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tutela.apps.law.queries import called, library
from tutela.core.findings.fold import TLP_LEVELS
from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.incidents.case import Act, Part, Reason
from tutela.core.law.stating import INCIDENT, MOMENTS, statable
from tutela.web.words import INCIDENT_PART, INCIDENT_REASON, SEVERITY

MOST_CHOSEN: Final = 1_000
_LONGEST: Final = 20_000
_LONGEST_FACT: Final = 2_000
_LEVELS: Final = [(str(level), SEVERITY[level]) for level in range(5, -1, -1)]
_TLP: Final = [(str(level), f"TLP:{name}") for level, name in enumerate(TLP_LEVELS)]
_TYPES: Final = [(one, one) for one in sorted(TAXONOMY_OF_TYPE)]


_MOMENT: Final = forms.DateTimeInput(attrs={"type": "datetime-local"})
ONE: Final = "="
"""Before the id of one organisation, among the parts that they have."""


def _area(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )


class Identifiers(forms.Field):
    """Ids of what was chosen in a list; what is none is passed over."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[UUID]:
        """Each once."""
        found: dict[UUID, None] = {}
        for text in (value or ())[:MOST_CHOSEN]:
            with suppress(ValueError):
                found[UUID(text)] = None
        if not found and self.required:
            raise forms.ValidationError(_("Choose some first."))
        return list(found)


class CaseForm(forms.Form):
    """What an incident is."""

    title = forms.CharField(label=_("Title"), max_length=200)
    type = forms.ChoiceField(label=_("Type"), choices=_TYPES)
    severity = forms.TypedChoiceField(label=_("Severity"), choices=_LEVELS, coerce=int)
    tlp = forms.TypedChoiceField(label=_("TLP"), choices=_TLP, coerce=int)


class OpenForm(CaseForm):
    """A new incident, with the findings from which it is opened."""

    chosen = Identifiers(label=_("Findings"), required=False)

    text = _area(_("What is known"), required=False)


class ChangeForm(CaseForm):
    """An incident that is known better now."""

    owner = forms.ChoiceField(label=_("Handled by"), required=False)

    def __init__(self, *args: Any, hands: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", _("nobody")), *hands]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """An incident that an organisation reports to the authority."""

    organisation = forms.ChoiceField(label=_("Organisation"))
    title = forms.CharField(label=_("What happened, in a few words"), max_length=200)
    type = forms.ChoiceField(label=_("Type"), choices=_TYPES, initial="other")
    occurred = forms.DateTimeField(
        label=_("When it began"),
        required=False,
        widget=_MOMENT,
        help_text=_("As far as you know; leave it empty else."),
    )
    aware = forms.DateTimeField(
        label=_("When you knew that it is an incident"),
        widget=_MOMENT,
        help_text=_("Time limits of the law run from it."),
    )
    text = _area(_("What is known, and what you need"))
    file = forms.FileField(label=_("File"), required=False, max_length=500, help_text=_("More can follow afterwards."))

    def __init__(self, *args: Any, organisations: Any = (), zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]
        for name in ("occurred", "aware"):
            self.fields[name].label = f"{self.fields[name].label} ({zone})"


class OwnForm(forms.Form):
    """Something that people of an organisation do for it: for which, where it is one of several."""

    organisation = forms.ChoiceField(label=_("Organisation"))

    def __init__(self, *args: Any, organisations: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.choices = organisations  # type: ignore[attr-defined]
        if len(organisations) == 1:
            field.initial, field.widget = organisations[0][0], forms.HiddenInput()


class SayForm(OwnForm):
    """Something that an organisation tells the authority."""

    field_order = ("text", "organisation")
    text = _area(_("To the authority"))


class WriteForm(forms.Form):
    """Something for the timeline."""

    text = _area(_("Text"))
    audience = forms.ChoiceField(
        label=_("For"),
        required=False,
        help_text=_("Organisations read it once the incident is shared with them."),
    )

    def __init__(self, *args: Any, organisations: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts = [(part, _("all: %(part)s") % {"part": title}) for part, title in INCIDENT_PART.items()]
        ones = [(f"{ONE}{identifier}", name) for identifier, name in organisations]
        self.fields["audience"].choices = [("", _("the authority alone")), *ones, *parts]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One organisation, those of a part, or neither."""
        given = self.cleaned_data
        chosen = given.pop("audience", "")
        given["organisation"] = chosen.removeprefix(ONE) if chosen.startswith(ONE) else ""
        given["audience"] = Part(chosen) if chosen and not given["organisation"] else None
        return given


def _facts() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """What can be stated: moments, then the facts by which laws ask."""
    asked = [(fact.name, called(fact.name)) for fact in statable(library(), INCIDENT)]
    return [(_("Moments"), [(name, called(name)) for name in MOMENTS]), (_("Facts"), asked)]


class FactForm(forms.Form):
    """A fact that is stated, of the whole incident or of one organisation in it."""

    field_order = ("name", "text", "organisation", "evidence")
    organisation = forms.ChoiceField(
        label=_("Of"),
        required=False,
        help_text=_("What is stated of an organisation goes before what is stated of all."),
    )
    name = forms.ChoiceField(label=_("Fact"), choices=_facts)
    text = forms.CharField(
        label=_("Value"),
        max_length=_LONGEST_FACT,
        help_text=_("yes or no, a number, a text, 2026-03-01 14:05 (UTC), or: unknown"),
    )
    evidence = forms.CharField(label=_("On what it rests"), max_length=_LONGEST_FACT, required=False)

    def __init__(self, *args: Any, organisations: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("the whole incident")), *organisations]  # type: ignore[attr-defined]


class OrganisationForm(forms.Form):
    """An organisation by its id."""

    organisation = forms.CharField(label=_("Organisation"), max_length=200, help_text=_("its id"))


class InvolveForm(OrganisationForm):
    """An organisation, and what it has to do with the incident."""

    part = forms.TypedChoiceField(label=_("Part"), choices=list(INCIDENT_PART.items()), coerce=Part)


class TaskForm(forms.Form):
    """Something to do."""

    text = forms.CharField(label=_("What is to be done"), max_length=500)
    due = forms.DateField(label=_("By"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_due(self) -> datetime | None:
        """The last moment of the day, in UTC."""
        day: date | None = self.cleaned_data["due"]
        return datetime.combine(day, time.max, UTC) if day else None


class FinishForm(forms.Form):
    """A task that was done."""

    task = forms.UUIDField()


class AttachForm(forms.Form):
    """A file."""

    file = forms.FileField(label=_("File"), max_length=500, allow_empty_file=True)


class GiveForm(OwnForm):
    """A file of an organisation, for the authority."""

    field_order = ("file", "organisation")
    file = forms.FileField(label=_("File"), max_length=500, allow_empty_file=True)


class FindingsForm(forms.Form):
    """Findings that were chosen."""

    chosen = Identifiers(label=_("Findings"))


class SplitForm(FindingsForm):
    """Findings that become a case of their own."""

    field_order = ("title", "chosen")
    title = forms.CharField(label=_("Title"), max_length=200)


class LinkForm(FindingsForm):
    """An incident to which findings are added."""

    incident = forms.UUIDField(label=_("Incident"))


class MergeForm(forms.Form):
    """The incident in which this one goes on."""

    into = forms.UUIDField(label=_("Goes on in"))


class CloseForm(forms.Form):
    """Why it ends."""

    reason = forms.TypedChoiceField(label=_("Reason"), choices=list(INCIDENT_REASON.items()), coerce=Reason)
    text = _area(_("What was learned"), required=False)


class ReopenForm(forms.Form):
    """Why it goes on."""

    text = _area(_("Why"))


FORMS: Final[dict[Act, type[forms.Form]]] = {
    Act.WRITE: WriteForm,
    Act.STATE_FACT: FactForm,
    Act.CHANGE: ChangeForm,
    Act.UNLINK: FindingsForm,
    Act.INVOLVE: InvolveForm,
    Act.SHARE: OrganisationForm,
    Act.RELEASE: OrganisationForm,
    Act.ADD_TASK: TaskForm,
    Act.FINISH_TASK: FinishForm,
    Act.ATTACH: AttachForm,
    Act.MERGE: MergeForm,
    Act.SPLIT: SplitForm,
    Act.CLOSE: CloseForm,
    Act.REOPEN: ReopenForm,
}
"""What can be done on the page of an incident."""

OF_AN_ORGANISATION: Final[dict[Act, type[forms.Form]]] = {Act.WRITE: SayForm, Act.ATTACH: GiveForm}
"""What people of an organisation can do there."""
