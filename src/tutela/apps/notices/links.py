"""The addresses that stand in a notice, and the secret part that they get when it goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from tutela.apps.notices.queries import ANSWERS, answer_token

if TYPE_CHECKING:
    from tutela.apps.notices.models import Notice


def links_of(notice: Notice, url: str) -> dict[str, str]:
    """Addresses in a notice; those that answer it get their secret part when it is sent."""
    links = {"console": url + reverse("notice", args=[notice.pk])}
    if notice.answers == "link":
        links |= {act.value: url + _place(act.value) for act in ANSWERS}
    return links


def with_secrets(notice: Notice) -> str:
    """The text as it goes out: only its reader can answer it, not whoever reads the notice in the console."""
    body = notice.body
    for act in ANSWERS if notice.answers == "link" else ():
        body = body.replace(_place(act.value), _place(answer_token(notice.pk, act)))
    return body


def _place(token: str) -> str:
    return reverse("answer-notice", args=[token])
