"""One document over real HTTP and TLS: only what is new, whole, small and quick enough, from where it may come."""

from __future__ import annotations

import base64
import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.webserver import Answer, Site, serving
from tutela.core.collectors.definition import Authentication
from tutela.core.errors import BadInput, Unavailable
from tutela.engine.collectors.download import Busy, Conditions, Document, Request, credentials, download
from tutela.engine.collectors.reach import Deadline

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from email.message import Message
    from pathlib import Path

PHRASE = "correct-horse-battery"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "collected"
    made.mkdir()
    return made


@pytest.fixture
def get(folder: Path) -> Callable[..., Document | None]:
    def run(url: str, *, file_name: str = "", seconds: float = 30.0, **more: Any) -> Document | None:
        request = Request(url, **{"maximum_bytes": 1000, "allow_private": True} | more)
        return download(request, folder, file_name=file_name, otherwise="scans", deadline=Deadline(seconds))

    return run


def test_a_document_lies_whole_under_its_name(site: Site, get: Any, folder: Path) -> None:
    body = b"x" * 1000
    site.pages["/reports/a%20b.csv"] = Answer(body, headers={"ETag": '"1"', "Last-Modified": "yesterday"})
    found = get(site.url("/reports/a%20b.csv?day=1"))
    assert found == Document(folder / "a b.csv", hashlib.sha256(body).hexdigest(), Conditions('"1"', "yesterday"))
    assert [path.name for path in folder.iterdir()] == ["a b.csv"]
    assert found.path.read_bytes() == body
    asked, headers = site.asked[0]
    assert asked == "/reports/a%20b.csv?day=1"
    assert headers["Accept-Encoding"] == "identity"


def test_what_is_known_is_not_sent_again(site: Site, get: Any) -> None:
    def page(headers: Message) -> Answer:
        is_known = headers["If-None-Match"] == '"1"' and headers["If-Modified-Since"] == "yesterday"
        return Answer(status=304) if is_known else Answer(b"news")

    site.pages["/a"] = page
    assert get(site.url("/a"), conditions=Conditions('"1"', "yesterday")) is None
    assert get(site.url("/a"), conditions=Conditions('"0"', "yesterday")).path.read_bytes() == b"news"


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "x.csv"),
        ({"Content-Disposition": 'attachment; filename="2026-03-01-scan.csv"'}, "2026-03-01-scan.csv"),
        ({"Content-Disposition": 'attachment; filename="../../feeds/evil.yaml"'}, "evil.yaml"),
        ({"Content-Disposition": "attachment; filename*=UTF-8''%2e%2e%2f%2ehidden"}, "hidden"),
        ({"Content-Disposition": 'attachment; filename="..\\\\.."'}, "scans"),
    ],
)
def test_a_name_that_leads_elsewhere_does_not(
    site: Site, get: Any, folder: Path, headers: dict[str, str], name: str
) -> None:
    site.pages["/x.csv"] = Answer(b"a", headers=headers)
    assert get(site.url("/x.csv")).path == folder / name


def test_our_own_name_goes_before_theirs(site: Site, get: Any) -> None:
    site.pages["/"] = Answer(b"a", headers={"Content-Disposition": "attachment; filename=b.csv"})
    assert get(site.url("/"), file_name="c.csv").path.name == "c.csv"


@pytest.mark.parametrize("is_told", [True, False])
def test_what_is_too_large_is_refused_and_leaves_nothing(site: Site, get: Any, folder: Path, *, is_told: bool) -> None:
    def endless(wire: Any) -> None:
        with suppress(OSError):
            while True:
                wire.write(b"x" * 10_000)

    site.pages["/"] = Answer(b"x" * 1001) if is_told else Answer(stream=endless)
    with pytest.raises(BadInput, match="larger than 1000 bytes"):
        get(site.url("/"))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_trickles_is_left_when_the_time_is_over(site: Site, get: Any, folder: Path, where: str) -> None:
    def trickle(wire: Any) -> None:
        with suppress(OSError):
            for _ in range(600):
                wire.write(b"X-A: b\r\n" if where == "head" else b"x")
                time.sleep(0.1)

    site.pages["/"] = Answer(stream=trickle, headers={"Content-Length": "900"})
    if where == "head":
        site.pages["/"] = lambda _headers: time.sleep(60) or Answer()  # type: ignore[func-returns-value]
    with pytest.raises(Unavailable, match=r"took longer than 1 seconds"):
        get(site.url("/"), seconds=1.0)
    assert list(folder.iterdir()) == []


def test_what_breaks_off_is_not_taken_for_whole(site: Site, get: Any, folder: Path) -> None:
    site.pages["/told"] = Answer(stream=lambda wire: wire.write(b"half"), headers={"Content-Length": "8"})
    site.pages["/chunked"] = Answer(
        stream=lambda wire: wire.write(b"8\r\nhalf"), headers={"Transfer-Encoding": "chunked"}
    )
    site.pages["/untold"] = Answer(stream=lambda wire: wire.write(b"half"))  # TLS ends without its own end mark
    for path in site.pages:
        with pytest.raises(Unavailable):
            get(site.url(path))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 206, 599])
def test_other_answers_are_told(site: Site, get: Any, status: int) -> None:
    site.pages["/"] = Answer(b"\x1b[31m<html>", status=status)
    with pytest.raises(BadInput if status in {400, 401, 403, 404} else Unavailable, match=f"answers {status}"):
        get(site.url("/"))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("9" * 5000, 10**8), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_a_busy_server_says_when_to_come_again(site: Site, get: Any, said: str, seconds: int) -> None:
    site.pages["/"] = Answer(status=503, headers={"Retry-After": said})
    with pytest.raises(Busy) as told:
        get(site.url("/"))
    assert told.value.pause == timedelta(seconds=seconds)


def test_or_by_a_date(site: Site, get: Any) -> None:
    site.pages["/"] = Answer(
        status=429, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)}
    )
    with pytest.raises(Busy) as told:
        get(site.url("/"))
    assert timedelta(minutes=110) < told.value.pause <= timedelta(hours=2)


def test_a_packing_of_the_way_stays_for_the_one_who_unwraps(site: Site, get: Any) -> None:
    site.pages["/"] = Answer(b"\x1f\x8b-and-so-on", headers={"Content-Encoding": "gzip"})
    assert get(site.url("/")).path.read_bytes() == b"\x1f\x8b-and-so-on"
    site.pages["/"] = Answer(b"a", headers={"Content-Encoding": "br"})
    with pytest.raises(BadInput, match="packed"):
        get(site.url("/"))


def test_conditions_that_are_none_are_not_kept(site: Site, get: Any) -> None:
    site.pages["/"] = Answer(b"a", headers={"ETag": '"' + "x" * 600 + '"', "Last-Modified": "J\xe4nner"})
    assert get(site.url("/")).conditions == Conditions()


def test_a_redirect_is_followed_without_the_secret_to_another_origin(
    site: Site, get: Any, context: ssl.SSLContext
) -> None:
    given = credentials(Authentication.model_validate({"bearer": True, "secret": "a"}), PHRASE)
    with serving(context) as other:
        other.pages["/there"] = Answer(b"there")
        site.pages["/"] = Answer(status=302, headers={"Location": "/next"})
        site.pages["/next"] = Answer(status=307, headers={"Location": other.url("/there")})
        assert get(site.url("/"), credentials=given).path.read_bytes() == b"there"
        assert [headers["Authorization"] for _, headers in site.asked] == [f"Bearer {PHRASE}"] * 2
        assert [headers["Authorization"] for _, headers in other.asked] == [None]


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://localhost/", "does not begin with https://"),
        ("file:///etc/passwd", "does not begin with https://"),
        ("https://user@localhost/", "holds a user"),
        ("https://[::1", "is no address"),
        ("https://127.0.0.1/", "not public"),  # the file speaks of localhost
        ("https://0x7f.1/", "not public"),
        ("https://[::ffff:127.0.0.1]/", "not public"),
        ("https://169.254.169.254/latest/meta-data/", "not public"),
    ],
)
def test_a_redirect_leads_to_nothing_of_ours(site: Site, get: Any, location: str, said: str) -> None:
    site.pages["/"] = Answer(status=302, headers={"Location": location})
    with pytest.raises(BadInput, match=said):
        get(site.url("/"))
    assert len(site.asked) == 1


def test_a_redirect_that_goes_round_ends(site: Site, get: Any) -> None:
    site.pages["/"] = Answer(status=301, headers={"Location": "/"})
    with pytest.raises(BadInput, match="more than 5 times"):
        get(site.url("/"))
    assert len(site.asked) == 6


def test_a_name_of_ours_is_not_asked_unless_that_is_allowed(site: Site, get: Any) -> None:
    with pytest.raises(BadInput, match="not public"):
        get(site.url("/"), allow_private=False)
    assert site.asked == []


def test_an_unknown_certificate_is_refused(site: Site, get: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = Answer(b"a")
    with pytest.raises(Unavailable, match=r"not valid for|mismatch"):
        get(site.url("/", host="127.0.0.1"))
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    with pytest.raises(Unavailable, match="self-signed"):
        get(site.url("/"))
    assert site.asked == []


@pytest.mark.parametrize(
    ("way", "header", "value"),
    [
        ({"basic": "csirt"}, "Authorization", "Basic " + base64.b64encode(f"csirt:{PHRASE}".encode()).decode()),
        ({"bearer": True}, "Authorization", f"Bearer {PHRASE}"),
        ({"header": "X-Api-Key"}, "X-Api-Key", PHRASE),
    ],
)
def test_the_house_shows_who_it_is(site: Site, get: Any, way: dict[str, Any], header: str, value: str) -> None:
    site.pages["/"] = Answer(b"a")
    get(
        site.url("/"),
        credentials=credentials(Authentication.model_validate({"secret": "a"} | way), PHRASE),
        headers={"Accept": "text/csv"},
    )
    asked = site.asked[0][1]
    assert (asked[header], asked["Accept"]) == (value, "text/csv")


def test_no_error_tells_what_follows_the_path(site: Site, get: Any) -> None:
    with pytest.raises(BadInput) as told:
        get(site.url(f"/a?key={PHRASE}"))
    assert "/a: answers 404" in str(told.value)
    assert PHRASE not in str(told.value)


def test_plain_http_where_it_is_allowed(get: Any) -> None:
    with serving() as site:
        site.pages["/"] = Answer(b"a")
        assert get(site.url("/"), allow_plain=True).path.read_bytes() == b"a"


def test_what_speaks_no_http_or_nothing_at_all_is_unavailable(site: Site, get: Any) -> None:
    with pytest.raises(Unavailable):
        get(f"http://localhost:{site.port}/", allow_plain=True)
    with pytest.raises(Unavailable, match="refused"):
        get("https://localhost:9/")
    with pytest.raises(Unavailable, match="cannot be resolved"):
        get("https://no-such-name.invalid/")
