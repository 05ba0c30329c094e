"""A constituency file may be hostile too."""

import pytest

from tutela.core.netspace.imports.tables import read_yaml

ALIASES = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(("text", "why"), [(ALIASES, "alias"), ("[" * 50_000, "nested")], ids=["aliases", "nesting"])
def test_a_file_that_would_fill_memory_is_told(text, why):
    (problem,) = read_yaml(text, "bomb.yaml").problems
    assert why in problem.what
