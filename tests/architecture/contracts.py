"""A contract of our own for import-linter: apps meet each other only at their doors."""

from __future__ import annotations

from importlinter import Contract, ContractCheck, fields, output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from grimp import ImportGraph


class Doors(Contract):
    """From outside an app only its doors may be imported: ``queries`` to ask, ``actions`` to change.

    ``keyholders`` hold every key. Imports for types alone are not in the graph.
    """

    type_name = "doors"
    apps = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())
    keyholders = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import of a room of an app from outside that is not one of its doors."""
        del verbose
        found = []
        for app in sorted(graph.find_children(self.apps)):
            rooms = graph.find_descendants(app)
            open_to_all = {f"{app}.{door}" for door in self.doors}
            for room in sorted(rooms - open_to_all):
                visitors = sorted(graph.find_modules_that_directly_import(room))
                strangers = [v for v in visitors if not v.startswith((f"{app}.", *self.keyholders))]
                found += [f"{visitor} -> {room}" for visitor in strangers]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """A line for each import that goes through a wall."""
        for line in check.metadata["found"]:
            output.print_error(f"- {line}")
