"""The documents say what there is: every setting, every command, and addresses that belong to nobody."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest
from typer.core import TyperGroup

from tutela import __version__
from tutela.cli import main
from tutela.config.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
RESERVED = [
    ipaddress.ip_network(n)
    for n in "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 2001:db8::/32 127.0.0.0/8 0.0.0.0/32".split()
]


def commands() -> list[str]:
    found = []
    for name in main.ROOMS:
        command = main.load(name)
        if isinstance(command, TyperGroup):
            found += [line for inner in command.commands.items() for line in lines(f"tutela {name}", *inner)]
        else:
            found.append(f"tutela {name}")
    return found


def lines(before: str, name: str, command: object) -> list[str]:
    """A command as one types it, or those that stand below it."""
    if isinstance(command, TyperGroup):
        return [line for inner in command.commands.items() for line in lines(f"{before} {name}", *inner)]
    return [f"{before} {name}"]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    missing = [f"TUTELA_{name.upper()}" for name in Environment.model_fields if f"`TUTELA_{name.upper()}`" not in text]
    assert not missing


def test_no_setting_is_documented_that_is_not_there() -> None:
    known = {f"TUTELA_{name.upper()}" for name in Environment.model_fields} | {
        "TUTELA_TEST_DATABASE",
        "TUTELA_SHADOWSERVER_SCHEMA",
    }
    documented = set(re.findall(r"`(TUTELA_[A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(encoding="utf-8")))
    assert documented <= known


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    missing = [command for command in commands() if f"`{command}" not in text]
    assert not missing


def test_no_command_is_documented_that_is_not_there() -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ `(tutela [^`]+)`", text, re.MULTILINE)
    documented = [" ".join(takewhile(re.compile("[a-z][a-z-]*").fullmatch, heading.split())) for heading in headings]
    assert set(documented) <= set(commands())


def test_the_readme_shows_the_two_commands_first() -> None:
    blocks = re.findall(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [line.split("#")[0].strip() for line in blocks[0].strip().splitlines()] == ["./run", "./check"]


def test_the_version_is_one() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == __version__


@pytest.mark.parametrize("name", ["README", "ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "SECURITY", "THREAT_MODEL"])
def test_links_inside_the_tree_lead_somewhere(name: str) -> None:
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_threat_names_a_test_that_exists() -> None:
    text = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named
    gone = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or (test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not gone


def test_the_demonstration_uses_only_addresses_reserved_for_documentation() -> None:
    foreign = []
    for path in sorted((ROOT / "src/tutela/content/demo").rglob("*")):
        if path.suffix in {".csv", ".json", ".ndjson", ".yaml", ".txt"}:
            text = path.read_text(encoding="utf-8")
            for address in re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", text):
                try:
                    number = ipaddress.ip_address(address)
                except ValueError:
                    continue  # a broken row for the quarantine
                if not any(number in network for network in RESERVED):
                    foreign.append(f"{path.name}: {address}")
    assert not foreign
