"""E1 of Pesme and Flammarion 2023: the recursion of saddles and jump times, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from ridgeless import inits
from ridgeless.networks import Product
from ridgeless.papers import _claims, _sweeps
from ridgeless.papers._experiments import PerSeed, arrived
from ridgeless.papers._saddles import staircase, successive_saddles
from ridgeless.papers.base import Budget, Claim, Curve, Figure, PaperProgress, Section
from ridgeless.solution import Saddles
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

_PAPER = 230400488  # arXiv number: this file's draws are no other file's


@dataclass(frozen=True)
class Recursions:
    """The recursion beside the limit of vanishing starts.

    Attributes:
        sizes: equations and unknowns.
        counts: (seeds,) saddles after the first.
        differ: (seeds,) how many more or fewer the limit has.
        times: (seeds,) the largest relative difference of a jump time; NaN where the counts differ.
        places: (seeds,) the largest ‖difference‖₁ of a saddle, relative to the last one's ℓ1 norm.
        norms: (seeds,) ‖last saddle‖₁ over the least of A x = b by linear programming, less 1.
        left: (seeds,) jumps at which a coordinate returns to 0.
        example: (jump times, loss on each saddle) of the first system by the recursion.
        solved: the same by the limit.
    """

    sizes: tuple[int, int]
    counts: PerSeed
    differ: PerSeed
    times: PerSeed
    places: PerSeed
    norms: PerSeed
    left: PerSeed
    example: tuple[np.ndarray, np.ndarray]
    solved: tuple[np.ndarray, np.ndarray]


def gaussian_system(index: int, equations: int, unknowns: int) -> LinearSystem:
    """Standard Gaussian A/√n and a dense right-hand side A x* of a Gaussian x* with every entry."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    return LinearSystem(A, A @ rng.standard_normal(unknowns))


def run(budget: Budget, progress: PaperProgress) -> Recursions:
    """The recursions of E1."""
    sizes = budget.choose(seconds=(8, 30), minutes=(100, 400), cluster=(300, 1200))
    systems = [gaussian_system(index, *sizes) for index in range(budget.seeds)]
    measured = _sweeps.over_seeds(_measured, list(_sweeps.announced(progress, "E1: the recursion", systems)))
    first = systems[0]
    mine, theirs = successive_saddles(np.asarray(first.A), first.b), _by_limit(first)[0]
    losses = np.array([0.5 * np.sum((np.asarray(first.A) @ x - first.b) ** 2) for x in mine.points])
    return Recursions(sizes, *measured, example=(mine.at, losses), solved=(theirs.at, theirs.loss))


def _by_limit(system: LinearSystem) -> tuple[Saddles, float]:
    """The saddles of the limit of vanishing starts, and 1, or NaN where it did not converge."""
    found = limit(system, Product(2), inits.Vanishing())
    if not isinstance(found.history, Saddles):
        raise TypeError(f"the limit of vanishing starts has a history of {type(found.history).__name__}")
    return found.history, arrived(found)


def _measured(system: LinearSystem) -> tuple[float, ...]:
    A = np.asarray(system.A)
    mine, (theirs, there) = successive_saddles(A, system.b), _by_limit(system)
    points = np.asarray(theirs.points.toarray())
    last = float(np.abs(mine.points[-1]).sum())
    program = linprog(np.ones(2 * A.shape[1]), A_eq=np.hstack([A, -A]), b_eq=system.b)
    support = mine.points != 0
    left = float(np.sum(np.any(support[:-1] & ~support[1:], axis=1)))
    times = places = float("nan")
    if len(points) == len(mine.points):
        times = there * float(np.max(np.abs(theirs.at[1:] / mine.at[1:] - 1)))
        places = there * float(np.max(np.abs(points - mine.points).sum(axis=1))) / last
    jumps, more = float(len(mine.at) - 1), float(len(points) - len(mine.points))
    return jumps, more, times, places, last / float(program.fun) - 1, left


def section(found: Recursions) -> Section:
    """E1."""
    equations, unknowns = found.sizes
    seeds, least, most = len(found.counts), int(found.counts.min()), int(found.counts.max())
    returning = f"{int(np.sum(found.left > 0))} of {seeds}"
    return Section(
        "E1",
        "Which saddles does training visit, and when?",
        f"{seeds} Gaussian systems of {equations} equations in {unknowns} unknowns, b = A x* with a dense x*. "
        "Algorithm 1 counts time in units of log(1/α): while x rests on a saddle, s = ∫Aᵀ(b − A x) moves, and where "
        "|s_i| reaches 1, x jumps to the least-squares fit on the coordinates at their edges, each on its own side of "
        f"0. It takes {least} to {most} jumps; on {returning} systems a coordinate that was found is lost again. The "
        "recursion is written here from the paper, with SciPy's constrained least squares; the package computes the "
        "same saddles by an updated factorisation. The last saddle has the least ℓ1 norm, by linear programming.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Recursions) -> Figure:
    (at, losses), (solved_at, solved) = found.example, found.solved
    return Figure(
        "The loss on successive saddles",
        "time of arrival, in units of log(1/α)",
        "loss ½‖A x − b‖² on the saddle",
        (
            Curve("limit of vanishing starts", solved_at[1:-1], solved[1:-1]),
            Curve("Algorithm 1", *staircase(at[1:-1], losses[1:-1], float(at[-1])), "predicted"),
        ),
        "The first system. The first saddle, x = 0, and the last, whose loss is 0, are left out.",
    )


def _claims_of(found: Recursions) -> tuple[Claim, ...]:
    return (
        Claim("jumps by the limit less those of Algorithm 1, largest", 0.0, float(np.max(np.abs(found.differ)))),
        _claims.worst("relative difference of a jump time", found.times, 1e-8),
        _claims.worst("‖difference of a saddle‖₁ over the ℓ1 norm of the last", found.places, 1e-8),
        _claims.worst("‖last saddle‖₁ over the least ℓ1 norm, less 1", np.abs(found.norms), 1e-8),
    )
