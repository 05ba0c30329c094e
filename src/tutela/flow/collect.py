"""A round of a collector: lease it, fetch what is new, take it in as any report is, write down how it went."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from tutela.apps.intake import actions as intake
from tutela.apps.intake.actions import Outcome
from tutela.core.collectors.definition import AUTO
from tutela.core.collectors.schedule import after_failures
from tutela.core.errors import BadInput, TutelaError, WrongUse
from tutela.engine.catalogue import Catalogue
from tutela.engine.collectors.definitions import collectors_of
from tutela.engine.collectors.download import Busy, Conditions, Request, credentials, download
from tutela.engine.collectors.letters import MOST_LETTERS, Postman
from tutela.engine.collectors.reach import Deadline
from tutela.engine.collectors.secrets import secret
from tutela.flow.inbox import lay_aside
from tutela.flow.ingest import ingest
from tutela.flow.locks import exclusive_or_skip
from tutela.lake.incoming import files

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.apps.intake.models import Collection
    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis
    from tutela.core.collectors.definition import Collector, Http, Imap
    from tutela.engine.collectors.download import Document

_GRACE: Final = timedelta(minutes=10)
"""How long a round may take to take in what it fetched, before another one may begin."""

_UNFINISHED: Final = ".part"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Collected:
    """What rounds brought: reports that are new here, reports that were here before, and what went wrong."""

    new: int = 0
    known: int = 0
    wrong: list[TutelaError] = field(default_factory=list)


def collect_due(*, environment: Environment, by: Actor, basis: Basis) -> Collected:
    """One round of each collector that is due, one after the other; what is wrong with one stops no other."""
    done = Collected()
    collectors = collectors_of(environment.home)
    done.wrong += collectors.refused.values()
    for collector in collectors.sound.values():
        found = collect(collector, environment=environment, by=by, basis=basis)
        if found is not None:
            done.new, done.known = done.new + found.new, done.known + found.known
            done.wrong += found.wrong
    for error in done.wrong:
        log.warning("a collector has a fault", said=str(error))
    return done


def collect(
    collector: Collector, *, environment: Environment, by: Actor, basis: Basis, at_once: bool = False
) -> Collected | None:
    """One round, if it is due or must be ``at_once``; None where it is not, or another process is at it.

    What was fetched lies in ``collected/NAME`` until it is taken in: killed at any moment, the next round finds it
    there, or fetches it again, and the same bytes count once.
    """
    folder = environment.home / "collected" / collector.name
    with exclusive_or_skip(folder.with_suffix(".lock")) as held:
        now = datetime.now(UTC)
        collection = held and intake.begin_collection(
            name=collector.name, until=now + collector.timeout + _GRACE, at_once=at_once, now=now, by=by, basis=basis
        )
        if not collection:
            return None
        round_ = _Round(collector, collection, folder, environment, by, basis)
        try:
            outcome = round_.run()
        except TutelaError as error:
            round_.done.wrong.append(error)
            outcome = _failed(collection, error)
        intake.end_collection(collection=collection, outcome=outcome, now=datetime.now(UTC), by=by, basis=basis)
        return round_.done


@dataclass(slots=True)
class _Round:
    """What one round knows. ``done`` grows while it runs."""

    collector: Collector
    collection: Collection
    folder: Path
    environment: Environment
    by: Actor
    basis: Basis
    done: Collected = field(default_factory=Collected)

    def run(self) -> Outcome:
        """Take in what an earlier round left behind, then fetch; raises a TutelaError where it fails."""
        self._prepare()
        for path in list(files([self.folder])):
            self._take_in(path)
        if self.collector.http is not None:
            return self._from_http(self.collector.http)
        if self.collector.imap is not None:
            return self._from_mail(self.collector.imap)
        raise WrongUse("neither http nor imap is given.", where=self.collector.name)

    def _from_mail(self, imap: Imap) -> Outcome:
        """Mails are marked when their reports are in the archive: killed before that, they are seen again."""
        home, collector = self.environment.home, self.collector
        zip_password = secret(home, imap.zip_secret) if imap.zip_secret else ""
        postman = Postman(collector, imap, self.folder, secret(home, imap.secret), zip_password)
        post = postman.take(self._deadline())
        for letter in post.letters:
            self.done.wrong += letter.wrong
            for path in letter.files:
                self._take_in(path)
        postman.mark(post, self._deadline())
        is_all = len(post.letters) < MOST_LETTERS
        return Outcome(
            next_due=datetime.now(UTC) + (collector.every if is_all else timedelta()),
            error=self._wrong() if post.letters else self._still_wrong(),
        )

    def _from_http(self, http: Http) -> Outcome:
        document = self._fetched(http)
        before = self.collection
        if document is None or (document.content == before.content and before.source == http.url):
            return self._nothing_new(document)
        self._take_in(document.path)
        return Outcome(
            next_due=datetime.now(UTC) + self.collector.every,
            error=self._wrong(),
            source=http.url,
            etag=document.conditions.etag,
            last_modified=document.conditions.last_modified,
            content=document.content,
        )

    def _prepare(self) -> None:
        """What would stop it after the fetch is told before it. Halves of killed rounds go."""
        if self.collector.feed != AUTO:
            Catalogue(self.environment.home).get(self.collector.feed)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for half in self.folder.rglob(f".*{_UNFINISHED}"):
            half.unlink(missing_ok=True)

    def _deadline(self) -> Deadline:
        return Deadline(self.collector.timeout.total_seconds())

    def _fetched(self, http: Http) -> Document | None:
        home, last, shown = self.environment.home, self.collection, None
        if http.authentication:
            shown = credentials(http.authentication, secret(home, http.authentication.secret))
        conditions = Conditions(last.etag, last.last_modified) if last.source == http.url else Conditions()
        request = Request(
            http.url,
            self.collector.maximum_bytes,
            headers=http.headers,
            credentials=shown,
            conditions=conditions,
            allow_private=self.collector.allow_private,
            allow_plain=http.allow_plain,
        )
        return download(
            request,
            self.folder,
            file_name=self.collector.file_name.replace("{date}", f"{datetime.now(UTC):%Y-%m-%d}"),
            otherwise=self.collector.name,
            deadline=self._deadline(),
        )

    def _nothing_new(self, document: Document | None) -> Outcome:
        last = self.collection
        if document is not None:
            document.path.unlink()
        return Outcome(
            next_due=datetime.now(UTC) + self.collector.every,
            error=self._still_wrong(),
            source=last.source,
            etag=last.etag,
            last_modified=last.last_modified,
            content=last.content,
        )

    def _wrong(self) -> str:
        return "\n".join(map(str, self.done.wrong))

    def _still_wrong(self) -> str:
        """The source answers well now; what was wrong with its last report stays told until another comes in."""
        return self._wrong() or ("" if self.collection.failures else self.collection.error)

    def _take_in(self, path: Path) -> None:
        """As the inbox does: taken in and away, or laid aside with the reason where it cannot be."""
        try:
            result = ingest(
                [str(path)],
                feed=self.collector.feed,
                environment=self.environment,
                now=datetime.now(UTC),
                by=self.by,
                basis=self.basis,
            )
        except (BadInput, WrongUse) as error:
            refused: list[TutelaError] = [error]
        else:
            refused = result.refused
            self.done.new += len(result.reports)
            self.done.known += len(result.known)
        if refused:
            lay_aside(path, self.environment.inbox_path, refused)
            self.done.wrong += refused
        else:
            path.unlink()
        if path.parent != self.folder:  # a file of a mail has a folder of its own
            shutil.rmtree(path.parent, ignore_errors=True)


def _failed(collection: Collection, error: TutelaError) -> Outcome:
    """The round counts as failed; what is known of the last document stays."""
    failures = collection.failures + 1
    wish = error.pause if isinstance(error, Busy) else timedelta()
    return Outcome(
        next_due=after_failures(failures, datetime.now(UTC), wish),
        failures=failures,
        error=str(error),
        source=collection.source,
        etag=collection.etag,
        last_modified=collection.last_modified,
        content=collection.content,
    )
