"""The computation of some cells: on one process, side by side where that is faster, each with its row of results."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.certificates import Certificate, KnownLimit, certify, certify_beside
from ridgeless.errors import MissingDependencyError, NoExactLimit, RidgelessError
from ridgeless.inits.base import start
from ridgeless.measures import Measure, Measured, sharpness_along
from ridgeless.measures.base import relative_distance
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution, Status
from ridgeless.studies.cells import (
    FAILED,
    LAZY_LIMIT,
    LIMIT,
    NO_EXACT_LIMIT,
    REFUSED,
    Cell,
    Row,
    StoredLimit,
    unanswered,
)
from ridgeless.studies.choices import Choice, flow_of, init_of, is_training, network_of, problem_of, system_of
from ridgeless.studies.history import between, course_at
from ridgeless.studies.schema import HISTORIES
from ridgeless.systems import LinearSystem
from ridgeless.verbs.lazy_limit import lazy_limit
from ridgeless.verbs.limit import limit
from ridgeless.verbs.limit_path import limits_in_turn
from ridgeless.verbs.train import Case, train_together

# Systems of a task that are kept, so that cells which share A share one object, and one factorisation.
SYSTEMS_KEPT = 64

Position = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Recording:
    """What is kept of every cell.

    Attributes:
        measures: the numbers that are taken.
        keep: arrays that are kept: "x", "theta", "picture", and histories.
        history: the times or steps at which histories are kept.
    """

    measures: tuple[Measure, ...]
    keep: tuple[str, ...]
    history: Vector


@dataclass(frozen=True, eq=False)
class Task:
    """Some cells that are computed together, in one company that decides their last bits.

    Attributes:
        cells: of one method and one network.
        recording: what is kept.
        limits: the exact limit from the same start, by the cell's position, where it is known.
    """

    cells: tuple[Cell, ...]
    recording: Recording
    limits: Mapping[Position, StoredLimit]


def run_task(task: Task) -> list[Row]:
    """The rows of a task's cells, in their order. A cell that fails has a row that says so, and stops no other."""
    solved = _solutions(task.cells)
    return [
        outcome if isinstance(outcome, Row) else _row(cell, outcome, task)
        for cell, outcome in zip(task.cells, solved, strict=True)
    ]


@lru_cache(maxsize=SYSTEMS_KEPT)
def drawn_system(problem: Choice, seed: int) -> LinearSystem:
    """The system of a problem and a seed, one object for all cells that share it.

    Noise changes b alone, and so does every other field that leaves A as it is: each is a system of its own here, and
    trainings find equal matrices by their bits.
    """
    return system_of(problem, seed)


def _solutions(cells: Sequence[Cell]) -> list[Solution | Row]:
    """The solution of each cell, or the row that says why there is none."""
    solvers: dict[str, Callable[[Sequence[Cell]], list[Solution | Row]]] = {
        LIMIT: _limits,
        LAZY_LIMIT: lambda some: [_guarded(_lazy_limit, cell) for cell in some],
    }
    found: dict[Position, Solution | Row] = {}
    for method, some in _grouped(cells, lambda cell: cell.method.name).items():
        solve = solvers.get(str(method), _trainings)
        found |= {cell.at: outcome for cell, outcome in zip(some, solve(some), strict=True)}
    return [found[cell.at] for cell in cells]


def _limits(cells: Sequence[Cell]) -> list[Solution | Row]:
    """Limits, those of one system and network in turn along the scale, each begun where the one before it ended."""
    found: dict[Position, Solution | Row] = {}
    for some in _grouped(cells, _apart_from_scale).values():
        in_turn = _guarded(_limits_in_turn, some) if len(some) > 1 else None
        # Where one of them is refused, or lies beyond the theorem, each is asked for itself.
        ends = in_turn if isinstance(in_turn, list) else [_guarded(_limit, cell) for cell in some]
        found |= {cell.at: end for cell, end in zip(some, ends, strict=True)}
    return [found[cell.at] for cell in cells]


def _limits_in_turn(cells: Sequence[Cell]) -> list[Solution]:
    first = cells[0]
    system, network = drawn_system(first.problem, first.seed), network_of(first.network)
    starts = [start(init_of(cell.init), network, system, cell.seed, "study") for cell in cells]
    return limits_in_turn(system, network, starts, seed=first.seed)


def _apart_from_scale(cell: Cell) -> Hashable:
    others = tuple((name, value) for name, value in cell.init.fields if name != "scale")
    return cell.problem, cell.seed, cell.network, cell.init.name, others


def _limit(cell: Cell) -> Solution:
    # The seed that draws the problem draws the start too, from another stream: see `Problem.stream`.
    system = drawn_system(cell.problem, cell.seed)
    return limit(system, network_of(cell.network), init_of(cell.init), seed=cell.seed)


def _lazy_limit(cell: Cell) -> Solution:
    system = drawn_system(cell.problem, cell.seed)
    return lazy_limit(system, network_of(cell.network), init_of(cell.init), seed=cell.seed)


def _trainings(cells: Sequence[Cell]) -> list[Solution | Row]:
    """Trainings, all at once; where one of them is refused, each for itself, so that the others go on."""
    cases: list[Case | Row] = [_guarded(_case, cell) for cell in cells]  # pyright: ignore[reportAssignmentType]
    able = [case for case in cases if isinstance(case, Case)]
    tol = cells[0].tol
    try:
        ends: Iterable[Solution | Row] = train_together(able, tol, "study") if able else []
    except Exception:  # noqa: BLE001 - whatever one of them raises, the others are trained, and its own row tells it
        ends = [_guarded(lambda case: train_together([case], tol, "study")[0], case) for case in able]
    remaining = iter(ends)
    return [case if isinstance(case, Row) else next(remaining) for case in cases]


def _case(cell: Cell) -> Case:
    system, network = drawn_system(cell.problem, cell.seed), network_of(cell.network)
    flow, init = flow_of(cell.method, cell.seed), init_of(cell.init)
    system.refuse_inconsistent()
    theta0 = init(network, system, cell.seed)
    return Case(system, network, theta0, flow, cell.seed)


def _guarded(compute: Callable[[Any], Any], argument: Any) -> Any:
    """What `compute` returns, or the row of a cell that has no solution."""
    try:
        return compute(argument)
    except NoExactLimit as error:
        return unanswered(NO_EXACT_LIMIT, str(error))
    except RidgelessError as error:
        return unanswered(REFUSED, str(error))
    except Exception as error:  # noqa: BLE001 - one cell of a long study must not end it: the row tells what happened
        return unanswered(FAILED, f"{type(error).__name__}: {error}")


def _row(cell: Cell, solution: Solution, task: Task) -> Row:
    row = _guarded(lambda found: _measured(cell, found, task), solution)
    return row if isinstance(row, Row) else unanswered(FAILED, "no row was made")


def _measured(cell: Cell, solution: Solution, task: Task) -> Row:
    """The certificate, the measures and the arrays of one solution."""
    system = drawn_system(cell.problem, cell.seed)
    problem = problem_of(cell.problem)
    picture = None if problem is None else problem.picture
    limit = task.limits.get(cell.at)
    measured = Measured(solution, system, None if limit is None else limit.x, picture)
    taken = {measure.name: _taken(measure, measured) for measure in task.recording.measures}
    numbers = {name: value for name, (value, _) in taken.items()}
    beside = None
    # A row is held against the limit in both or in neither: its distance tells later whether it was.
    if limit is not None and not np.isnan(numbers.get("distance", np.nan)):
        beside = certified_beside(solution, limit)
    certificate = certify(solution) if beside is None else beside
    numbers |= {
        "residual": solution.residual,
        "steps": float(solution.stats.get("steps", np.nan)),
        "feasibility": certificate.feasibility,
        "bound": certificate.distance,
        "gap": certificate.relative_gap,
    }
    message = " ".join([solution.message, *(told for _, told in taken.values() if told)])
    texts = {"status": solution.status.name, "verdict": certificate.verdict.value, "message": message}
    seconds = {name: float(solution.stats.get(name, np.nan)) for name in ("run_s", "compile_s")}
    return Row(texts, numbers, _arrays(solution, measured, task.recording), seconds)


def certified_beside(solution: Solution, limit: StoredLimit) -> Certificate | None:
    """The certificate of a training by the limit from its start; None where that does not decide."""
    system, network, theta0 = _started(limit.cell)
    return certify_beside(solution, KnownLimit(limit.x, limit.bound, limit.gap, system, network, theta0))


def held_later(cell: Cell, x: Vector, limit: StoredLimit) -> tuple[float, Certificate | None]:
    """The distance of a result from a limit that was computed after it, and its certificate by that limit."""
    distance = relative_distance(x, limit.x)
    if np.isnan(distance) or not is_training(cell.method):
        return distance, None
    system, network, theta0 = _started(cell)
    trained = Solution(
        x=x,
        status=Status.CONVERGED,
        message="",
        residual=np.nan,
        method="",
        system=system,
        network=network,
        theta0=theta0,
        flow=flow_of(cell.method, cell.seed),
    )
    return distance, certified_beside(trained, limit)


def _started(cell: Cell) -> tuple[LinearSystem, Network, Theta]:
    """The system, the network and theta0 of a cell."""
    system, network = drawn_system(cell.problem, cell.seed), network_of(cell.network)
    return system, network, start(init_of(cell.init), network, system, cell.seed, "study")


def _taken(measure: Measure, measured: Measured) -> tuple[float, str]:
    """The value of a measure; NaN and a sentence where the user's own function fails, which loses no solution."""
    try:
        return measure.value(measured), ""
    except MissingDependencyError:
        raise
    except Exception as error:  # noqa: BLE001 - the function is not ours, and the training is done
        return np.nan, f"The measure {measure.name} failed: {type(error).__name__}: {error}."


def _arrays(solution: Solution, measured: Measured, recording: Recording) -> dict[str, np.ndarray]:
    makers: dict[str, Callable[[], np.ndarray | None]] = {
        "x": lambda: solution.x,
        "theta": lambda: _flat(solution.theta),
        "picture": lambda: _picture(measured),
        **{name: partial(_course, solution, name, recording) for name in HISTORIES},
        "sharpness_history": lambda: _sharpness(solution, recording),
    }
    made = {name: makers[name]() for name in recording.keep}
    return {name: array for name, array in made.items() if array is not None}


def _course(solution: Solution, name: str, recording: Recording) -> np.ndarray | None:
    return course_at(solution.history, name.removesuffix("_history"), recording.history)


def _sharpness(solution: Solution, recording: Recording) -> np.ndarray | None:
    """The sharpness along a training, which is done once more for it; none of a limit."""
    return None if solution.flow is None else between(*sharpness_along(solution), recording.history)


def _picture(measured: Measured) -> np.ndarray | None:
    """The picture of x; none where x is not finite, since a transform spreads one such number anyway."""
    return measured.picture(measured.x) if measured.picture is not None and measured.is_finite else None


def _flat(theta: Any) -> np.ndarray | None:
    """All weights in one vector, in the order of theta."""
    if theta is None:
        return None
    leaves = [leaf for entry in theta.values() for leaf in (entry if isinstance(entry, list) else [entry])]
    return np.concatenate([np.ravel(np.asarray(leaf, dtype=float)) for leaf in leaves])


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], Hashable]) -> dict[Hashable, list[Cell]]:
    groups: dict[Hashable, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return groups
