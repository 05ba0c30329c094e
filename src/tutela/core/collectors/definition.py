"""The definition of a collector: where reports are fetched from, how often, within which limits.

One YAML file in ``TUTELA_HOME/collectors`` holds one collector. A secret never stands in it, only its name does.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.feeds.patterns import Pattern  # noqa: TC001 - pydantic reads annotations at run time
from tutela.core.reading import read
from tutela.core.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,99}$"
AUTO: Final = "auto"
_GUIDE: Final = "docs/collectors.md"
_HOST: Final = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$"
_FOLDER: Final = r"^[ !#-\[\]-~]{1,200}$"  # printable ASCII that needs no escape
_DURATION: Final = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since", "if-none-match"}
    | {"keep-alive", "proxy-connection", "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"}
)
_SECRET_WORDS: Final = ("authorization", "cookie", "key", "password", "secret", "token")


def _duration(given: object) -> object:
    if not isinstance(given, str):
        return given
    found = _DURATION.fullmatch(given)
    if found is None:
        raise ValueError(f"{given!r} is no duration, such as 90s, 5m, 1h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,6}[smhd]$"})
]


def _secret_name(name: str) -> str:
    if name.lower() == "key":
        raise ValueError("TUTELA_SECRET_KEY is a setting of the console and goes to nobody; choose another name")
    return name


SecretName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$"), AfterValidator(_secret_name)]


def _given_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name!r} is no header that can be given here")
        if any(word in name.lower() for word in _SECRET_WORDS):
            raise ValueError(f"{name} looks like a secret, which never stands here; use authentication")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"the value of {name} holds what cannot stand in a header")
    return headers


def _plain_name(name: str) -> str:
    if name.replace("{date}", "").strip(" .") != name.replace("{date}", "") or re.search(
        r"[/\\{}]", name.replace("{date}", "")
    ):
        raise ValueError("a plain name of a file, without folders; {date} is all that is replaced in it")
    if not name.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Authentication(_Part):
    """How the house shows who it is: one of three ways, with a secret that is named."""

    basic: str | None = Field(
        default=None, min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f\x7f]*$", description="User, for Basic."
    )
    bearer: bool = Field(default=False, description="Whether the secret is a bearer token.")
    header: str | None = Field(
        default=None, pattern=f"^{_TOKEN.pattern}$", description="Name of the header whose value is the secret."
    )
    secret: SecretName = Field(description="Name of the secret: a file in secrets/, or TUTELA_SECRET_NAME.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.basic is not None) + self.bearer + (self.header is not None) != 1:
            raise ValueError("give one of basic, bearer and header")
        if self.header is not None and self.header.lower() in _OURS:
            raise ValueError(f"{self.header} is a header that the house itself sets")
        return self


class Http(_Part):
    """A document at an address."""

    url: str = Field(max_length=2000, description="The address, https://…; no user and no password in it.")
    headers: Annotated[dict[str, str], AfterValidator(_given_headers)] = Field(
        default_factory=dict, max_length=20, description="Headers that go with the question; never a secret."
    )
    authentication: Authentication | None = Field(default=None, description="How the house shows who it is.")
    allow_plain: bool = Field(default=False, description="Whether http:// without encryption will do.")

    @model_validator(mode="after")
    def _address(self) -> Self:
        fault = address_fault(self.url, allow_plain=self.allow_plain)
        if fault:
            raise ValueError(f"url {fault}")
        if self.authentication and urlsplit(self.url).scheme != "https":
            raise ValueError("a secret goes over https:// alone")
        return self


class Move(_Part):
    """Where a mail goes that was taken in."""

    move: str = Field(pattern=_FOLDER, description="A folder of the mailbox, which must be there.")


class Imap(_Part):
    """Mails in a mailbox: their attachments, and what their links lead to."""

    host: str = Field(pattern=_HOST, description="The mail server.")
    port: int = Field(default=0, ge=0, le=65535, description="0: 993, or 143 with starttls.")
    tls: Literal["implicit", "starttls"] = Field(default="implicit", description="Never without encryption.")
    user: str = Field(pattern=r"^[!#$&'+,./0-9:;<=>?@A-Z^_`a-z|~\[\]-]{1,200}$", description="Who signs in.")
    secret: SecretName = Field(description="Name of the secret that is the password.")
    folder: str = Field(default="INBOX", pattern=_FOLDER, description="The folder that is looked into.")
    senders: tuple[Annotated[str, Field(pattern=r"^[^@\s]*@[^@\s]+$")], ...] = Field(
        default=(), max_length=100, alias="from", description="Addresses, or @domain; mails of others stay untouched."
    )
    subject: Pattern | None = Field(default=None, description="A regular expression found in the subject.")
    attachments: tuple[str, ...] = Field(
        default=("*.csv", "*.json", "*.ndjson", "*.xml", "*.txt", "*.zip", "*.gz", "*.zst"),
        max_length=100,
        description="Which attachments are reports, by name (*, ?).",
    )
    links: tuple[Annotated[str, Field(pattern=_HOST)], ...] = Field(
        default=(), max_length=100, description="Hosts whose https:// links in the text are fetched."
    )
    zip_secret: SecretName | None = Field(
        default=None, description="Name of the secret that is the password of encrypted zip files."
    )
    done: Literal["seen"] | Move = Field(
        default="seen", description="What becomes of a mail that was taken in: it is marked as seen, or moved."
    )

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=False, validate_by_alias=True)


class Collector(_Part):
    """What fetches reports of one source: a document, or mails."""

    name: str = Field(pattern=NAME, description="The unique name, which is also that of the file.")
    http: Http | None = Field(default=None, description="The document that is fetched.")
    imap: Imap | None = Field(default=None, description="The mailbox that is looked into.")
    feed: str = Field(
        default=AUTO, min_length=1, max_length=200, description="The feed of its reports; auto: told by their look."
    )
    every: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=366))] = Field(
        description="How often, such as 1h or 24h; at least 1m."
    )
    file_name: Annotated[str, AfterValidator(_plain_name)] = Field(
        default="", max_length=150, description="How the report is called in the house; {date} is the day in UTC."
    )
    timeout: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=6))] = Field(
        default=timedelta(minutes=5), description="How long one round may take in all."
    )
    maximum_bytes: int = Field(default=256 * 2**20, ge=1, le=64 * 2**30, description="What is larger is not fetched.")
    allow_private: bool = Field(
        default=False, description="Whether the host that is named here may have an address that is not public."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.http is None) == (self.imap is None):
            raise ValueError("give one of http and imap")
        if self.imap is not None and self.file_name:
            raise ValueError("file_name is for http; a file of a mail keeps its name")
        return self

    def secrets(self) -> dict[tuple[str, ...], str]:
        """The names of the secrets it needs, by the place in the file at which they stand."""
        named: dict[tuple[str, ...], str | None] = {}
        if self.http is not None and self.http.authentication is not None:
            named["http", "authentication", "secret"] = self.http.authentication.secret
        if self.imap is not None:
            named["imap", "secret"] = self.imap.secret
            named["imap", "zip_secret"] = self.imap.zip_secret
        return {place: name for place, name in named.items() if name}


def address_fault(url: str, *, allow_plain: bool) -> str:
    """Why nothing is fetched from this address; nothing where it can be."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no address"
    schemes = ("https", "http") if allow_plain else ("https",)
    if parts.scheme not in schemes:
        return f"does not begin with {' or '.join(f'{one}://' for one in schemes)}"
    if not parts.hostname or not parts.netloc.isascii() or re.search(r"[\s\x00-\x1f\x7f]", url):
        return "is no address"
    if parts.username is not None or parts.password is not None:
        return "holds a user or a password; use authentication"
    return ""


def load(content: bytes | str, path: str, name: str) -> Collector:
    """The collector in a text that lies in a file called ``name``; raises DefinitionErrors with all errors by line."""
    collector = read(content, path, Collector, _GUIDE)
    if collector.name != name:
        line = read_yaml(content).line(("name",))
        what = f"the name “{collector.name}” is not that of the file."
        raise DefinitionErrors([Problem(path, line, what, f"Call the file {collector.name}.yaml.")])
    return collector


def schema() -> dict[str, Any]:
    """The JSON Schema of the file of a collector, for editors."""
    return Collector.model_json_schema(by_alias=True)
