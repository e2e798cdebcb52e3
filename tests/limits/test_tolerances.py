"""The numbers of the solvers: each is used, stands once, and can be moved to see what it is for."""

import ast
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from benchmarks import tolerances as sweep
from benchmarks.attack.instances import instance
from ridgeless.limits.tolerances import TOLERANCES, Tolerances

LIMITS = Path(__file__).parents[2] / "src" / "ridgeless" / "limits"
FILES = sorted(path for path in LIMITS.rglob("*.py") if path.name != "tolerances.py")
# How many coordinates a message names, what rounding is measured in, and a number that stands for infinity.
OTHERS = {"_MOST_NAMED", "_ROUNDINGS", "_NO_EDGE"}


@pytest.mark.parametrize("field", [field.name for field in fields(Tolerances)])
def test_every_number_is_used_and_explained(field):
    assert any(re.search(rf"TOLERANCES\.{field}\b", path.read_text(encoding="utf-8")) for path in FILES)
    assert re.search(rf"^        {field}: [A-Zν]", Tolerances.__doc__, re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LIMITS)))
def test_no_module_has_numbers_of_its_own(path):
    own = [
        target.id
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.UnaryOp | ast.BinOp)
        for target in node.targets
        if isinstance(getattr(node.value, "value", 0), int | float) and "TOLERANCES" not in ast.unparse(node.value)
    ]
    assert {name for name in own if not re.search("LOG|EPS|ROUNDING", name)} <= OTHERS


def test_they_are_frozen():
    with pytest.raises(FrozenInstanceError):
        TOLERANCES.near = 1.0


def test_a_moved_number_comes_back_whatever_happens():
    before = TOLERANCES.near
    seen = []

    def fails():
        with sweep.moved("near", 1.0):
            seen.append(TOLERANCES.near)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert seen == [1.0]
    assert TOLERANCES.near == before


def test_a_number_that_matters_is_seen_to():
    """A step beyond the boundary leaves the positive numbers: fewer limits of depth 3 and more are reached."""
    instances = [instance(0, index) for index in range(12)]
    usual = sweep.solved(instances)
    _, _, more, differ, *_ = sweep.row("to_the_edge", 1.4, usual, instances)
    assert int(more) < 0
    assert differ > 0
    _, _, more, differ, *_ = sweep.row("to_the_edge", TOLERANCES.to_the_edge, usual, instances)
    assert (int(more), differ) == (0, 0)
