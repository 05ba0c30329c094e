from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tutela.web.questions import LARGEST, QuestionsMiddleware


def answered(request: HttpRequest) -> HttpResponse:
    return QuestionsMiddleware(lambda _: HttpResponse("read"))(request)


@pytest.mark.parametrize("length", ["", "0", "1", str(LARGEST)])
def test_what_is_not_too_large_is_read(length: str) -> None:
    assert answered(RequestFactory().post("/", CONTENT_LENGTH=length)).content == b"read"


@pytest.mark.parametrize("length", [str(LARGEST + 1), "9" * 30, "-1", "many"])
def test_what_is_too_large_is_refused_before_it_is_read(length: str) -> None:
    answer = answered(RequestFactory().post("/", CONTENT_LENGTH=length))
    assert (answer.status_code, answer.content[:30]) == (413, b"What was sent is larger than 3")
