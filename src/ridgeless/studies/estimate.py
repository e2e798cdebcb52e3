"""What a study will cost, before it is run: cells, groups, seconds at most, bytes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from ridgeless._core.marks import MARKS_PER_DECADE
from ridgeless._core.memory import resident_bytes
from ridgeless.studies.cells import Cell
from ridgeless.studies.choices import flow_of, is_training, network_of
from ridgeless.studies.compute import SYSTEMS_KEPT
from ridgeless.studies.dataset import TEXTS, Layout
from ridgeless.studies.plan import Plan

_FLOAT = 8
# Three constants, in processor seconds of one core at 2.5 GHz; the speed of products of matrices is measured anew.
# What every cell takes whatever its size: its start, its certificate, its measures, its row. Of 10 × 30 and 40 × 200
# systems, limits take 10 to 17 ms in all, trainings 15 to 80 ms beside their steps, since more of them are refuted.
_CELL_S = 0.02
# Tracing and compiling one program: 0.55 s for a single training by gradient descent, up to 1.5 s for dense layers.
_PROGRAM_S = 0.8
# One weight in one step: its powers, its gradient and its update, ten operations on numbers in cache. 70 trainings of
# 400 weights take 0.9 s for 15 000 steps.
_WEIGHT_S = 2e-9
# A limit takes tens of Newton steps, each a factorisation of n equations and two products with A.
_NEWTON_STEPS = 30
_PROBE = 256
# An integrator chooses its steps: gradient flow of the single-pixel camera takes 90 to 1700, 400 on average.
_FLOW_STEPS = 400
# Four constants of memory, from the peaks of seven studies of 5 × 10 to 200 × 8000 systems, 228 to 1455 MB, which the
# estimate meets within a third. A system is A, a basis of its rows, and what makes it; each training side by side has A
# once more, and a part of the stack of all.
_COPIES_A_SYSTEM, _COPIES_A_LANE = 3.0, 1.5
# What zarr and matplotlib take, beside what planning has loaded already; and a compiled program.
_WRITER_BYTES, _PROGRAM_BYTES = 50_000_000, 40_000_000
# The interpreter with JAX, where the system does not tell what this process holds.
_INTERPRETER_BYTES = 310_000_000
# Of a gradient: A x and Aᵀr, each with a product and a sum an entry.
_PASSES = 4


@dataclass(frozen=True)
class Group:
    """Cells that are computed alike.

    Attributes:
        label: network and method.
        cells: how many.
        programs: in how many runs side by side.
        seconds: on one core of this machine, where every training by steps uses its whole budget; compilation included.
    """

    label: str
    cells: int
    programs: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """The cost of a study.

    Attributes:
        dimensions: name and length of each.
        cells: how many are asked for, of the whole grid.
        grid: how many cells the grid has.
        groups: by network and method.
        stored_bytes: of the results on disk, before compression.
        array_bytes: of the systems, and of what the largest program holds at once.
        process_bytes: of a process that computes all of it, interpreter, libraries and programs included: what to ask a
            batch system for.
    """

    dimensions: Mapping[str, int]
    cells: int
    grid: int
    groups: tuple[Group, ...]
    stored_bytes: int
    array_bytes: int
    process_bytes: int


def estimate(layout: Layout) -> Estimate:
    """The cost of a study.

    Seconds are those of the processor: a machine that does other work too takes longer. They are the fixed cost of
    every cell and of every program, the products with A at the speed that this machine has now, and the work of every
    step on every weight.
    """
    plan, rate = layout.plan, _operations_per_second()
    equations, unknowns = (max(sizes) for sizes in zip(*(each.shape for each in layout.systems.values()), strict=True))
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for cells in plan.tasks():
        groups.setdefault(f"{cells[0].network.label()}: {cells[0].method.label()}", []).append(cells)
    found = tuple(
        Group(
            label,
            sum(map(len, tasks)),
            len(tasks),
            sum(_seconds(cells, equations, unknowns, rate) for cells in tasks),
        )
        for label, tasks in groups.items()
    )
    arrays = _arrays(plan, equations, unknowns)
    trained = sum(is_training(tasks[0][0].method) for tasks in groups.values())
    held = resident_bytes() or _INTERPRETER_BYTES
    return Estimate(
        dict(zip(plan.names, plan.shape, strict=True)),
        len(plan.cells),
        prod(plan.shape),
        found,
        _stored(layout),
        arrays,
        held + _WRITER_BYTES + trained * _PROGRAM_BYTES + arrays,
    )


def _arrays(plan: Plan, equations: int, unknowns: int) -> int:
    """Bytes of the systems that are kept, and of the largest program."""
    matrix = equations * unknowns
    systems = min(len({(cell.problem, cell.seed) for cell in plan.cells.values()}), SYSTEMS_KEPT)
    return _FLOAT * int(
        _COPIES_A_SYSTEM * systems * matrix
        + max(len(cells) * _of_lane(cells[0], matrix, unknowns) for cells in plan.tasks())
    )


def _of_lane(cell: Cell, matrix: int, unknowns: int) -> float:
    """Numbers that a cell holds while it is computed: of a training A, its weights, and x at every mark."""
    if not is_training(cell.method):
        return float(unknowns)
    marks = MARKS_PER_DECADE * np.log10(_budget(cell)) + 2
    return _COPIES_A_LANE * matrix + 4 * _weights(cell, unknowns) + marks * unknowns


def _seconds(cells: tuple[Cell, ...], equations: int, unknowns: int, rate: float) -> float:
    """Of the cells of one task."""
    cell = cells[0]
    products = _PASSES * equations * unknowns
    newton_step = equations**2 * unknowns + equations**3 / 3 + products
    if not is_training(cell.method):
        return len(cells) * (_CELL_S + _NEWTON_STEPS * newton_step / rate)
    flow = flow_of(cell.method, cell.seed)
    steps = min(_budget(cell), _FLOW_STEPS) if flow.is_continuous else _budget(cell)
    # Continuous flows are stiff, and an implicit step of them solves equations as a step of Newton's method does.
    a_step = (newton_step if flow.is_continuous else products) / rate + _weights(cell, unknowns) * _WEIGHT_S
    return _PROGRAM_S + len(cells) * (_CELL_S + steps * a_step)


def _budget(cell: Cell) -> int:
    """The steps that a training may take."""
    flow = flow_of(cell.method, cell.seed)
    return getattr(getattr(flow, "by", flow), "max_steps", 1_000)


def _weights(cell: Cell, unknowns: int) -> int:
    entries = network_of(cell.network).layout(unknowns).values()
    layers = [layer for entry in entries for layer in (entry if isinstance(entry, list) else [entry])]
    return sum(prod(layer.shape) for layer in layers)


def _stored(layout: Layout) -> int:
    cells = prod(layout.plan.shape)
    numbers = len(layout.numbers) + len(TEXTS)
    arrays = sum(prod(len(layout.further[axis]) for axis in layout.axes_of(name)) for name in layout.recording.keep)
    return _FLOAT * cells * (numbers + arrays)


def _operations_per_second() -> float:
    """Additions and multiplications a second, in products of a matrix and a few vectors."""
    rng = np.random.default_rng(0)
    matrix, vectors = rng.standard_normal((_PROBE, _PROBE)), rng.standard_normal((_PROBE, 16))
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(8):
            np.matmul(matrix, vectors)
        best = min(best, time.perf_counter() - began)
    return 8 * 2 * _PROBE * _PROBE * 16 / best
