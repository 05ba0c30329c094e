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
    "piece": (_("proves nothing: it is a piece of a stream of events"), "warn"),
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
    "held": (_("held: cannot be encrypted"), "bad"),
    "sent": (_("sent"), "good"),
    "bounced": (_("came back"), "bad"),
    "failed": (_("could not be sent"), "bad"),
    "withdrawn": (_("withdrawn"), ""),
}
"""How far a notice has come, and the tone of its badge."""

MESSAGE_KIND: Final[dict[str, tuple[_StrPromise, str]]] = {
    "reply": (_("reply"), "accent"),
    "automatic": (_("automatic answer"), ""),
    "bounce": (_("could not be delivered"), "bad"),
    "delay": (_("is delayed"), "warn"),
    "delivery": (_("was delivered"), "good"),
}
"""What a mail is that came in, and the tone of its badge."""

MESSAGE_STATE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "waiting": (_("to be assigned"), "warn"),
    "assigned": (_("in its thread"), ""),
    "aside": (_("set aside"), ""),
}
"""Whether it is known what a mail answers, and the tone of its badge."""

THREAD: Final[dict[str, _StrPromise]] = {
    "organisation": _("with the organisation"),
    "reporter": _("with the reporter"),
    "team": _("within the team"),
}
"""With whom a mail is part of a conversation."""

OBLIGATION_STATE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "running": (_("running"), "accent"),
    "waiting": (_("waits for an event"), "accent"),
    "submitted": (_("submitted"), "good"),
    "stopped": (_("stopped"), ""),
}
"""How far a report has come, and the tone of its badge."""

INCIDENT_STATE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "open": (_("open"), "accent"),
    "closed": (_("closed"), "good"),
    "merged": (_("goes on in another"), ""),
}
"""How an incident stands, and the tone of its badge."""

INCIDENT_REASON: Final[dict[str, _StrPromise]] = {
    "resolved": _("resolved"),
    "false-alarm": _("false alarm"),
    "not-ours": _("not in our care"),
    "no-answer": _("nobody answered"),
}
"""Why an incident was closed."""

INCIDENT_PART: Final[dict[str, _StrPromise]] = {
    "affected": _("affected"),
    "reporter": _("reported it"),
    "helper": _("helps"),
}
"""What an organisation has to do with an incident."""

INCIDENT_ACT: Final[dict[str, _StrPromise]] = {
    "open": _("opened it"),
    "report": _("reported it"),
    "write": _("wrote"),
    "state-fact": _("stated"),
    "change": _("changed it"),
    "link": _("added findings"),
    "unlink": _("took findings out"),
    "involve": _("involved an organisation"),
    "share": _("shared it with an organisation"),
    "release": _("took an organisation out"),
    "add-task": _("added a task"),
    "finish-task": _("did a task"),
    "attach": _("added a file"),
    "merge": _("let it go on in"),
    "take-over": _("took over"),
    "split": _("began a case of its own"),
    "close": _("closed it"),
    "reopen": _("opened it again"),
    "start-clock": _("started a clock"),
    "set-clock": _("set a clock anew"),
    "stop-clock": _("stopped a clock"),
    "approve-draft": _("approved a draft"),
    "submit": _("submitted"),
    "take-back": _("took back that it was handed in:"),
}
"""What happened in the course of an incident, as it is told afterwards."""

MOMENT: Final[dict[str, _StrPromise]] = {
    "occurred": _("occurred"),
    "discovered": _("discovered"),
    "aware": _("known to be an incident"),
    "determined": _("determined (graded, or found material)"),
    "measure_available": _("a measure against it available"),
    "new_fact_known": _("a new fact known"),
    "handled": _("handled"),
    "paid": _("ransom paid at"),
    "submitted": _("submitted"),
    "received": _("received"),
}
"""What happens to an incident, and starts clocks."""

LIMIT_MODE: Final[dict[str, _StrPromise]] = {
    "max": _("limit"),
    "guideline": _("by guidance"),
    "asap": _("as soon as possible"),
    "on request": _("when it is asked for"),
    "voluntary": _("voluntary"),
    "unknown": _("limit not read in the law yet"),
    "none": _("no limit of its own"),
}
"""The kind of a time limit."""

LAW_STEP: Final[dict[str, _StrPromise]] = {
    "who": _("whom it binds"),
    "trigger": _("what sets it off"),
    "yields to": _("goes before it"),
    "stage": _("when this report is due"),
    "rule": _("the law"),
    "law": _("whether it is law"),
    "clock": _("how the time is counted"),
}
"""The steps by which an answer of the law comes about."""

CONFIDENCE: Final[dict[str, tuple[_StrPromise, str]]] = {
    "P": (_("text of the law read"), "good"),
    "S": (_("an account of it"), ""),
    "M": (_("from memory"), "warn"),
}
"""How a fact of law is known, and the tone of its badge."""

LAW_STATUS: Final[dict[str, tuple[_StrPromise, str]]] = {
    "in force": (_("in force"), "good"),
    "adopted": (_("adopted"), "accent"),
    "proposed": (_("proposed"), ""),
    "repealed": (_("repealed"), ""),
}
"""How far an instrument has come, and the tone of its badge."""

BINDS: Final[dict[str, tuple[_StrPromise, str]]] = {
    "yes": (_("binds it"), "accent"),
    "yields": (_("another law goes before it"), ""),
    "open": (_("not known yet"), "warn"),
    "later": (_("not law yet"), ""),
    "no": (_("does not bind it"), ""),
}
"""Whether a regime binds an organisation, and the tone of its badge."""

LAW_PART: Final[dict[str, _StrPromise]] = {
    "who": _("whom it binds"),
    "trigger": _("what sets it off"),
    "validity": _("since when it is law"),
    "time_rule": _("how time is counted"),
}
"""A part of a regime that can be confirmed; the others are its reports."""
