"""The words for what is stored as a code or a number, in the language of whoever reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SEVERITY: Final[tuple[_StrPromise, ...]] = (
    _("undefined"),
    _("info"),
    _("low"),
    _("medium"),
    _("high"),
    _("critical"),
)

STATE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "new": (_("new"), "accent"),
    "notified": (_("notified"), "accent"),
    "acknowledged": (_("acknowledged"), "accent"),
    "claimed": (_("claimed fixed"), "warn"),
    "closed": (_("verified closed"), "good"),
    "reopened": (_("reopened"), "bad"),
    "false_positive": (_("false positive"), ""),
    "accepted_risk": (_("accepted risk"), "warn"),
}
"""State of a finding: its name, and the tone of its badge."""


ACT: Final[dict[str, tuple[_StrPromise, _StrPromise]]] = {
    "notify": (_("Notify"), _("told the organisation")),
    "acknowledge": (_("Acknowledge"), _("acknowledged it")),
    "claim": (_("Claim fixed"), _("said that it is fixed")),
    "close": (_("Close"), _("closed it, with proof")),
    "contradict": (_("Contradict"), _("opened it again: it was seen")),
    "dispute": (_("False positive"), _("said that it is a false positive")),
    "accept": (_("Accept the risk"), _("accepted the risk")),
    "withdraw": (_("Take back"), _("took that back")),
    "expire": (_("Expire"), _("opened it again: the time was over")),
}
"""A step in the life of a finding: as a button, and as it is told afterwards."""

WORD: Final[dict[str, tuple[_StrPromise, str]]] = {
    "absent": (_("looked and did not show it"), "good"),
    "shown": (_("showed it"), "bad"),
    "earlier": (_("came in before, and says nothing about now"), ""),
    "old-data": (_("proves nothing: its newest event is from before"), "warn"),
    "not-whole": (_("proves nothing: it did not come in whole"), "warn"),
    "quarantine": (_("proves nothing: it has rows in quarantine"), "warn"),
    "unread": (_("proves nothing: it could not be read"), "warn"),
    "empty": (_("proves nothing: it is empty, as those of a dead source are"), "warn"),
    "out-of-scope": (_("proves nothing: the asset is not in its scope"), "warn"),
    "undated": (_("proves nothing: its events have no time of their own"), "warn"),
    "misdated": (_("proves nothing: it has events of times to come"), "warn"),
    "other-definition": (_("proves nothing: the feed is read by other rules than when it was shown"), "warn"),
    "other-constituency": (_("proves nothing: by the constituency of that time the asset was not theirs"), "warn"),
    "other-stream": (_("proves nothing: it is another file of the feed than the one that showed it"), "warn"),
}
"""What a report says about a finding, and the tone in which it is told."""

NOTICE_STATE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "queued": (_("waiting to be sent"), "accent"),
    "handing": (_("on its way"), "accent"),
    "sent": (_("sent"), "good"),
    "failed": (_("could not be sent"), "bad"),
    "withdrawn": (_("withdrawn"), ""),
}
"""How far a notice has come, and the tone of its badge."""
