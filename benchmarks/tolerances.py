"""What becomes of limits when one number of their solvers is moved: `python -m benchmarks.tolerances [FIELD …]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

import ridgeless as rl
from benchmarks.attack.instances import Instance, instance
from benchmarks.table import Table
from ridgeless.limits.tolerances import TOLERANCES

RESULTS = Path(__file__).parent / "TOLERANCES.md"
_SEED = 0
# Digits move by a power of ten, everything else by a half.
_DIGITS, _REST = 10.0, 1.5
# Answers further apart than this are not one.
_SAME = 1e-7


@dataclass(frozen=True, eq=False)
class Panel:
    """What the solvers made of all instances.

    Attributes:
        x: the answers; None where there is none.
        converged: how many are CONVERGED.
        steps: of all together.
        seconds: for all together.
    """

    x: list[np.ndarray | None]
    converged: int
    steps: int
    seconds: float


def solved(instances: list[Instance]) -> Panel:
    """The limits of all instances, with the numbers as they stand."""
    answers, converged, steps, began = [], 0, 0, time.perf_counter()
    for each in instances:
        try:
            found = rl.limit(rl.LinearSystem(each.system.A, each.system.b), each.network, each.init, seed=each.seed)
        except rl.RidgelessError:
            answers.append(None)
            continue
        answers.append(found.x)
        converged += found.success
        steps += found.stats["steps"]
    return Panel(answers, converged, steps, time.perf_counter() - began)


@contextmanager
def moved(name: str, value: float) -> Iterator[None]:
    """One number of the solvers has another value for a while."""
    before = getattr(TOLERANCES, name)
    # The numbers are frozen for everyone but this measurement.
    object.__setattr__(TOLERANCES, name, type(before)(value))
    try:
        yield
    finally:
        object.__setattr__(TOLERANCES, name, before)


def row(name: str, value: float, usual: Panel, instances: list[Instance]) -> tuple[Any, ...]:
    """What moving one number to a value changes."""
    with moved(name, value):
        panel = solved(instances)
    differ = sum(_differ(one, other) for one, other in zip(usual.x, panel.x, strict=True))
    more = panel.converged - usual.converged
    return name, f"{value:.3g}", f"{more:+d}", differ, panel.steps / usual.steps, panel.seconds / usual.seconds


def run(names: list[str], count: int) -> Table:
    """The sweep over some fields, or all of them."""
    instances = [instance(_SEED, index) for index in range(count)]
    solved(instances)  # what is computed once is computed before anything is timed
    usual = solved(instances)
    rows = []
    for name in names or [field.name for field in fields(TOLERANCES)]:
        value = getattr(TOLERANCES, name)
        factor = _DIGITS if isinstance(value, float) and value < _DIGITS ** (-2) else _REST
        rows += [row(name, moved_to, usual, instances) for moved_to in (value / factor, value * factor)]
    return Table(
        f"The numbers of the solvers, moved one by one: {count} instances of `make attack SEED={_SEED}`",
        f"{usual.converged} are CONVERGED with the values as they stand, in {usual.steps} steps. `more converged` and "
        f"`answers apart` (by more than {_SAME:.0e} of x) are told beside that, steps and time as ratios. The "
        "instances are small: a field that changes nothing here may still matter for large matrices, or guard a rare "
        "case.",
        ("field", "value", "more converged", "answers apart", "steps", "time"),
        tuple(rows),
    )


def _differ(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is not other
    size = float(np.max(np.abs(one), initial=0.0))
    return not float(np.max(np.abs(one - other), initial=0.0)) <= _SAME * size


def main() -> None:
    """Read the arguments, measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fields", nargs="*", help="all, unless given")
    parser.add_argument("--count", type=int, default=500)
    arguments = parser.parse_args()
    table = run(arguments.fields, arguments.count).markdown()
    print(table)
    if not arguments.fields:
        RESULTS.write_text(f"# Tolerances\n\n`python -m benchmarks.tolerances`\n\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
