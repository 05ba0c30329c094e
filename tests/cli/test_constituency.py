"""The commands: JSON and nothing else on standard output, sentences on standard error."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.mailkeys import openpgp, public, smime
from tutela.apps.constituency.models import Contact
from tutela.cli.constituency import app
from tutela.core.errors import DefinitionErrors, WrongUse

pytestmark = pytest.mark.django_db

DEMONSTRATION = Path(__file__).resolve().parents[2] / "src" / "tutela" / "content" / "demo" / "constituency.yaml"


def run(*arguments: str, standard_input: str | None = None) -> str:
    result = CliRunner().invoke(app, list(arguments), input=standard_input, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def demonstration() -> None:
    run("import", str(DEMONSTRATION))


def test_import_tells_what_it_did_in_json() -> None:
    told = json.loads(run("import", str(DEMONSTRATION), "--dry-run", "--json", "--limit", "3"))
    assert (told["organisations_added"], told["dry_run"], len(told["changes"])) == (12, True, 3)
    assert json.loads(run("import", str(DEMONSTRATION), "--json"))["entry"] == 0
    assert json.loads(run("import", str(DEMONSTRATION), "--json"))["changes"] == []


def test_a_dry_run_prints_lines() -> None:
    lines = run("import", str(DEMONSTRATION), "--dry-run").splitlines()
    assert lines[0].split("\t")[:3] == ["change", "kind", "key"]
    assert lines[1].split("\t")[:3] == ["add", "organisation", "national-csirt"]


def test_import_from_standard_input_tells_all_errors() -> None:
    with pytest.raises(DefinitionErrors, match="standard input:2: network"):
        run("import", "-", standard_input="network,organisation\nx,y\n")


@pytest.mark.usefixtures("demonstration")
def test_lists() -> None:
    assert len(json.loads(run("list", "--json"))) == 12
    one = json.loads(run("list", "--organisation", "savings-bank", "--json"))[0]
    assert (one["names"]["zh-Hans"], one["identifiers"]) == ("例国储蓄银行", {"national-register": "XL-000040"})
    assert len(json.loads(run("list", "--kind", "holding", "--json", "--limit", "7"))) == 7
    assert (
        run("list", "--kind", "asn", "--organisation", "telecoms-provider").splitlines()[1].startswith("asn\t64510\t")
    )
    with pytest.raises(WrongUse, match="no kind"):
        run("list", "--kind", "street")


@pytest.mark.usefixtures("demonstration")
def test_whois() -> None:
    best, other, *_ = json.loads(run("whois", "192.0.2.10", "--json"))
    assert (best["organisation"], best["name"], best["winner"]) == (
        "ministry-of-interior",
        "Ministry of the Interior",
        True,
    )
    assert (other["organisation"], other["winner"]) == ("government", False)
    assert "the smallest range that holds it (64 addresses)" in run("whois", "192.0.2.10")
    assert json.loads(run("whois", "www.nowhere.test", "--json")) == []
    assert json.loads(run("whois", "192.0.2.130", "--at", "2024-12-31", "--json"))[0]["organisation"] == "government"
    with pytest.raises(WrongUse, match="no day"):
        run("whois", "192.0.2.10", "--at", "yesterday")


@pytest.mark.usefixtures("demonstration")
def test_freeze_and_snapshots() -> None:
    identifier = run("freeze").strip()
    assert json.loads(run("snapshots", "--json")) == [{"snapshot": identifier}]
    assert json.loads(run("freeze", "--json"))["snapshot"] == identifier
    with pytest.raises(WrongUse, match="legal basis"):
        run("freeze", "--basis", "because")


def test_certificates_that_end_are_listed_the_first_at_the_top(demonstration: None) -> None:
    now = datetime.now(UTC)
    texts = [smime(days=400).text, smime(days=10).text, smime(begins=now - timedelta(days=9), days=3).text]
    for contact, text in zip(Contact.objects.order_by("pk"), texts, strict=False):
        Contact.objects.filter(pk=contact.pk).update(smime=text, openpgp=public(openpgp()))
    assert len(json.loads(run("certificates", "--json"))) == 6
    over, soon = json.loads(run("certificates", "--ending", "--json"))
    assert over["fault"].startswith("expired on")
    assert (soon["kind"], soon["fault"]) == ("smime", "")
