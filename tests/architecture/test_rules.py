"""The rules of the house that no linter knows, executed over the source."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/tutela"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if "migrations" not in p.parts)
LONGEST_FUNCTION = 40
LONGEST_FILE = 400

# Each exception carries its reason. Keep it empty if you can.
LONGER_FUNCTIONS: dict[str, str] = {}
LONGER_FILES: dict[str, str] = {}
UNSCOPED: dict[str, str] = {}
PARTS_OF_ACTIONS = {  # the action that calls them writes the ledger entry
    "src/tutela/apps/findings/actions.py:merge_folds": "inside the transaction that settles a load",
    "src/tutela/apps/findings/actions.py:replace_folds": "inside the transaction that re-attributes",
    "src/tutela/apps/incidents/actions.py:tell": "inside the actions of obligations",
    "src/tutela/apps/intake/actions.py:forget_quarantine": "inside the transaction that expires",
    "src/tutela/apps/ledger/actions.py:record_many": "what it records is its subject; it is the recorder",
    "src/tutela/apps/ledger/actions.py:seal": "signs what others recorded",
    "src/tutela/apps/people/actions.py:begin_answer": "the operation whose answer it is writes its own entry",
    "src/tutela/apps/people/actions.py:keep_answer": "as begin_answer",
    "src/tutela/apps/people/actions.py:forget_answers": "what it forgets, the operations have in the ledger",
    "src/tutela/apps/people/actions.py:note_use": "a token was used; entries of each use would bury all others",
}

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
QUERYSET_DOORS = {"queries.py", "actions.py", "models.py"}
REGISTRIES = re.compile(
    r"(?:pypi|pythonhosted|npmjs|conda|crates)\.(?:org|io|com)|registry\.[a-z]+\.[a-z]+|--(?:extra-)?index-url",
    re.IGNORECASE,
)


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git work tree")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, less the docstring."""
    end = node.end_lineno or node.lineno
    docstring = 0
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return end - node.lineno + 1 - docstring


def test_functions_are_short() -> None:
    found = {
        f"{place(path)}:{node.name}": length(node)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION)
    }
    longer = {name: lines for name, lines in found.items() if lines > LONGEST_FUNCTION and name not in LONGER_FUNCTIONS}
    assert not longer, f"functions over {LONGEST_FUNCTION} lines: {longer}"
    assert not {name for name in LONGER_FUNCTIONS if found.get(name, 0) <= LONGEST_FUNCTION}, "exceptions not needed"


def test_files_are_short() -> None:
    found = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    longer = {name: lines for name, lines in found.items() if lines > LONGEST_FILE and name not in LONGER_FILES}
    assert not longer, f"files over {LONGEST_FILE} lines: {longer}"
    assert not {name for name in LONGER_FILES if found.get(name, 0) <= LONGEST_FILE}, "exceptions not needed"


def test_every_module_class_and_public_function_says_what_it_is() -> None:
    silent = []
    for path, tree in trees():
        if ast.get_docstring(tree) is None:
            silent.append(place(path))
        for node in tree.body:
            named = isinstance(node, (*FUNCTION, ast.ClassDef)) and not node.name.startswith("_")
            if named and ast.get_docstring(node) is None:
                silent.append(f"{place(path)}:{node.lineno} {node.name}")
    assert not silent, "no docstring: " + ", ".join(silent)


def test_nothing_is_caught_broadly() -> None:
    broad = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
                names = {item.id for item in caught if isinstance(item, ast.Name)}
                goes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None  # it only tidies up
                if (node.type is None or names & {"Exception", "BaseException"}) and not goes_on:
                    broad.append(f"{place(path)}:{node.lineno}")
    assert not broad, "a broad except hides faults: " + ", ".join(broad)


def test_queries_are_asked_only_behind_the_doors() -> None:
    """Tenancy is a rule of the code base: ``Model.objects`` stands only where the viewer or the actor is known."""
    unscoped = [
        f"{place(path)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager", "_base_manager"}
        and not _behind_a_door(path)
        and place(path) not in UNSCOPED
    ]
    assert not unscoped, "ask through queries.py, change through actions.py: " + ", ".join(unscoped)


def _behind_a_door(path: Path) -> bool:
    """``apps/<app>/queries.py``, ``actions.py`` and ``models.py``, and what an app keeps for them alone."""
    inside_app = SOURCE / "apps" in path.parents
    return inside_app and (path.name in QUERYSET_DOORS or path.name not in {"pages.py", "api.py", "tasks.py"})


def test_actions_name_who_acts_and_on_what_ground() -> None:
    nameless = []
    for path, tree in trees():
        if path.name != "actions.py":
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                keywords = {argument.arg for argument in node.args.kwonlyargs}
                name = f"{place(path)}:{node.name}"
                if (node.args.args or not {"by", "basis"} <= keywords) and name not in PARTS_OF_ACTIONS:
                    nameless.append(f"{name} (line {node.lineno})")
    assert not nameless, "an action takes keywords only, with by= and basis=: " + ", ".join(nameless)


def test_the_core_has_no_clock() -> None:
    clocks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic))\(")
    found = [place(p) for p in MODULES if SOURCE / "core" in p.parents and clocks.search(p.read_text(encoding="utf-8"))]
    assert not found, f"`now` is an argument in the core: {found}"


def test_no_file_names_a_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path != Path(__file__) and REGISTRIES.search(text):
            found.append(place(path))
    assert not found, f"registry hosts in {found}"


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    private = re.compile("/" + r"work/(?:main|shared)|/(?:tmp)/plan|/root/")
    found = [
        place(p) for p in tracked() if p != Path(__file__) and private.search(p.read_bytes().decode(errors="replace"))
    ]
    assert not found, f"paths of one machine in {found}"
