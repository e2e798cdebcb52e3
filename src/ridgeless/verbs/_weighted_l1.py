"""Where starts end as their scale vanishes: a minimiser of the weighted ℓ1 norm, and whether it is one of many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless.certificates import Verdict, certify, recovery
from ridgeless.limits import minimise
from ridgeless.limits.own_rows import on_support
from ridgeless.limits.sign_feasibility import exposed_zeros
from ridgeless.limits.vanishing.near_copies import polished, room_to_move
from ridgeless.limits.vanishing.optimal_face import least_entropy, optimal_face
from ridgeless.limits.vanishing.saddle_to_saddle import Path, saddle_to_saddle
from ridgeless.potentials import Bias, WeightedL1
from ridgeless.solution import Saddles
from ridgeless.systems import LinearSystem
from ridgeless.systems.equations import missed, sum_rounding

# What an equation may miss its right-hand side by, measured by the sizes of the equations.
_HELD = 1e-10
_ON_EDGE = 1e-9
# A walk that took columns for one that differ by less may end so far beyond their prices; exact arithmetic moves it on.
_TO_BE_MENDED = 1e-6
# What rounding of b may move of x, relative to ‖x‖: a certificate asks for no less.
_MOVED = 1e-7
# x that agree to this part of the largest entry are one.
_SAME = 1e-9
_TIES = (
    "x is a minimiser of the weighted ℓ1 norm to rounding, but whether it is the only one was not decided: coordinates "
    "reach their prices together to rounding, but not in the numbers as stored. Type rl.inits.Constant(1e-8), or round "
    "A to fewer digits, so that ties are ties."
)
_NEARLY_COPIES = (
    "x is a minimiser of the weighted ℓ1 norm for a b beside that of the system: what A x misses of b asks for "
    "differences of columns that are nearly alike, large parts of x for small ones of b, and the walk did not follow. "
    "Type rl.inits.Constant(1e-8), or round A to fewer digits, so that near copies are copies."
)


@dataclass(frozen=True)
class End:
    """What was found.

    Attributes:
        x: a minimiser.
        dual: its ν.
        other: another minimiser; None where there is none.
        history: the saddles on the way.
        steps: jumps.
        method: how it came.
        is_reached: whether every equation holds.
        doubt: why the data do not tell whether there is another minimiser; "" where they do.
    """

    x: Vector
    dual: Dual
    other: Vector | None
    history: Saddles | None
    steps: int
    method: str
    is_reached: bool = True
    doubt: str = ""


def minimiser(system: LinearSystem, found: Bias, degree: int, tol: float) -> End:
    """Where starts end as their scale vanishes, and how it was found; `degree` is that of the network."""
    box = found.potential
    if not isinstance(box, WeightedL1):
        minimum = minimise(system, found, tol)
        return End(minimum.x, minimum.dual, None, None, minimum.steps, minimum.method, doubt=minimum.doubt)
    is_frozen = np.isinf(box.positive) & np.isinf(box.negative)
    signs = np.isfinite(box.positive).astype(float) - np.isfinite(box.negative)
    zeros, exposing, _ = exposed_zeros(system, signs, is_frozen, tol)
    walked = _walked(system, box, found, tol)
    keeps_face = walked.end.other is None and not walked.end.x[zeros].any()
    if walked.end.is_reached and (keeps_face or not zeros.any()):
        return replace(walked.end, history=_history(system, walked.path, degree))
    if zeros.any():
        end = _on_face(system, found, box, (zeros, signs, exposing), tol)
    else:
        end = _on_even_equations(system, box, found, tol)
    return replace(end, x=on_support(system, end.x, tol))


def _on_even_equations(system: LinearSystem, box: WeightedL1, found: Bias, tol: float) -> End:
    """Where equations differ much in size, the small ones drown in the large ones' rounding before their turn comes."""
    system.refuse_inconsistent()
    even = LinearSystem(*system.row_space.basis(system.b))
    end = _walked(even, box, found, tol).end
    method = f"{end.steps} jumps on orthonormal equations, whose saddles are not those of training"
    return replace(end, dual=system.row_space.lift(end.dual), history=None, method=method)


def _on_face(
    system: LinearSystem, found: Bias, box: WeightedL1, face: tuple[np.ndarray, Vector, Dual], tol: float
) -> End:
    """The minimiser among the coordinates that A x = b does not force to 0, its dual put into the box of the others."""
    zeros, signs, exposing = face
    keep, x = ~zeros, np.zeros(len(zeros))
    how = f"on the face where {int(np.sum(zeros))} coordinates are forced to 0"
    if not keep.any():
        return End(x, np.zeros(system.shape[0]), None, None, 0, how)
    part, kept = system.restricted(keep), box.restricted(keep)
    end = _only(part, kept)
    if end is None:
        ties = None if found.ties is None else found.ties.on(keep)
        theorem = Bias(kept, found.offset[keep], found.citation, ties=ties)
        walked = _walked(part, kept, theorem, tol).end
        end = walked if walked.is_reached else _on_even_equations(part, kept, theorem, tol)
    x[keep] = end.x
    other = None
    if end.other is not None:
        other = np.zeros(len(zeros))
        other[keep] = end.other
    # Along the exposing vector z goes down on locked coordinates, and stays elsewhere.
    z, pulls = signs * system.rmatvec(end.dual), signs * system.rmatvec(exposing)
    edge = np.where(signs > 0, box.positive, box.negative)
    beyond = float(np.max((z - edge)[zeros] / pulls[zeros], initial=0.0))
    return replace(
        end, x=x, other=other, dual=end.dual - beyond * exposing, history=None, method=f"{end.method}, {how}"
    )


def _only(system: LinearSystem, box: WeightedL1) -> End | None:
    """The only solution and its dual, where there is one."""
    if not system.is_unique:
        return None
    x = system.min_norm()
    edges = np.where(x > 0, box.positive, -box.negative)
    if not np.isfinite(edges).all():
        return None
    dual = system.dual(edges)
    return End(x, dual, None, None, 0, "the only solution")


@dataclass(frozen=True, eq=False)
class _Walked:
    """A walk and its end."""

    path: Path
    end: End


def _walked(system: LinearSystem, box: WeightedL1, found: Bias, tol: float) -> _Walked:
    A = system.rows()
    path = saddle_to_saddle(A, system.b, box)
    steps = len(path.at) - 1
    end = End(path.x, path.nu, None, None, steps, f"{steps} jumps from saddle to saddle")
    s = system.rmatvec(path.nu)
    reach = box.reach(s)
    is_optimal = reach.max() <= 1 + _TO_BE_MENDED and (reach[path.x != 0] >= 1 - _ON_EDGE).all()
    if not (path.ended and is_optimal and _holds(A, path.x, system.b)):
        return _Walked(path, replace(end, is_reached=False))
    face = optimal_face(A, path.x, box, s)
    if face.vertex is path.x and reach.max() > 1 + _ON_EDGE:
        return _Walked(path, replace(end, is_reached=False))
    if face.vertex is not path.x:
        end = replace(end, x=face.vertex, dual=_dual(system, box, face.vertex, path.nu))
    end = replace(end, x=polished(A, end.x, system.b))
    is_loose = room_to_move(A, end.x, system.b, box, system.rmatvec(end.dual)) > _MOVED
    # Beside a vertex on the right columns rounding is all that is left of an equation.
    is_short = missed(A, end.x, system.b) > sum_rounding(len(end.x))
    if (is_loose or is_short) and certify(system, end.x, found, end.dual).verdict is not Verdict.CERTIFIED:
        return _Walked(path, replace(end, doubt=_NEARLY_COPIES))
    if not face.is_decided:
        return _Walked(path, replace(end, doubt=_TIES))
    if face.other is None:
        is_told = not face.is_close or recovery(system, face.vertex, box).is_certified
        return _Walked(path, end if is_told else replace(end, doubt=_TIES))
    x = least_entropy(system, face, found.ties, tol) if found.ties is not None else face.vertex
    is_vertex = np.abs(x - face.vertex).max() <= _SAME * np.abs(x).max()
    doubt = _TIES if recovery(system, x, box).is_certified else ""
    return _Walked(path, replace(end, x=x, other=face.other if is_vertex else face.vertex, doubt=doubt))


def _dual(system: LinearSystem, box: WeightedL1, x: Vector, nu: Dual) -> Dual:
    """The ν of a vertex beside the one that the walk found: the best one, or the walk's put on its edges."""
    best = recovery(system, x, box).dual
    if best is not None:
        return best
    support = np.flatnonzero(x)
    columns, edges = system.rows()[:, support], np.where(x > 0, box.positive, -box.negative)[support]
    return nu + np.linalg.lstsq(columns.T, edges - columns.T @ nu, rcond=None)[0]


def _holds(A: Matrix, x: Vector, b: Dual) -> bool:
    """Whether A x = b in every equation, measured by its own size."""
    sizes = np.sqrt(np.einsum("ij,ij->i", A, A))
    sizes = np.where(sizes > 0, sizes, 1.0)
    return norm((A @ x - b) / sizes) <= _HELD * norm(b / sizes)


def _history(system: LinearSystem, path: Path, degree: int) -> Saddles:
    size = norm(system.b)
    points = path.points
    absolute = abs(points)
    with np.errstate(over="ignore"):
        loss = path.residuals**2 / 2
    return Saddles(
        clock="time / log(1/scale)" if degree == 2 else f"time · scale^{degree - 2}",
        at=path.at,
        loss=loss,
        residual=path.residuals / size if size > 0 else np.zeros_like(path.residuals),
        l1_norm=np.asarray(absolute.sum(axis=1)).ravel(),
        l2_norm=np.sqrt(np.asarray((absolute * absolute).sum(axis=1)).ravel()),
        coordinate=path.coordinate,
        points=points,
    )
