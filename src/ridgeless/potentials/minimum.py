"""Interfaces of constrained minimisation: the equations, the solver's signature, and the minimum it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.solution import Saddles


@runtime_checkable
class EquationsLike(Protocol):
    """The part of `LinearSystem` that potentials use, as a protocol, so that they need not import it."""

    @property
    def b(self) -> Any:
        """(n,) the right-hand side."""
        ...

    def matvec(self, x: Any) -> Dual:
        """A x."""
        ...

    def rmatvec(self, r: Any) -> Vector:
        """Aᵀ r."""
        ...

    def rows(self) -> Matrix:
        """A as an array."""
        ...

    def min_norm(self) -> Vector:
        """The shortest solution A⁺b."""
        ...

    def project_null(self, x: Any) -> Any:
        """The projection of x onto the null space of A."""
        ...

    def dual(self, z: Any) -> Dual:
        """ν with Aᵀν = z, for z in the row space."""
        ...

    def with_right(self, b: Any) -> Any:
        """The same rows with another right-hand side."""
        ...


class Outcome(Enum):
    """How a minimisation ended: a sentence that says so, and what to do about it.

    Attributes:
        sentence: what happened.
        remedy: what to type instead; "" where nothing is wrong.
    """

    REACHED = ("The solver reached its tolerance.", "")
    OUT_OF_STEPS = (
        "The solver took as many steps as it may.",
        "Change the scale of the start, or train it.",
    )
    STAGES_TOO_SHORT = (
        "Newton's method converged on no stage of the homotopy in the scale, however short.",
        "Change the scale of the start, or train it.",
    )
    SINGULAR = (
        "The Hessian of the dual is singular to rounding, and no Newton step is left.",
        "Merge columns or equations that are one, change the scale of the start, or train it.",
    )
    NO_DECREASE = (
        "No step along Newton's direction brought the dual nearer to its minimum.",
        "Change the scale of the start, or train it.",
    )
    ROUNDED = (
        "Newton's steps gained nothing any more: what is left of the equations is the rounding of x.",
        "Ask for a larger tolerance, or bring the columns to one size.",
    )
    PATH_LEFT_UNSOLVED = (
        "The walk from saddle to saddle ended before it solved the equations.",
        "Rescale the equations to one size, or type rl.inits.Constant(1e-8).",
    )
    MOVED_BY_ROUNDING = (
        "x solves the equations, but columns are so nearly alike, or so different in size, that rounding may have "
        "moved it.",
        "Type rl.certificates.enclose(solution) for the limit of the stored numbers to any number of digits, or a "
        "larger scale.",
    )
    DEPENDENT_COLUMNS = (
        "x solves the equations to rounding, but so do others, and no path was found on which float64 tells them "
        "apart: columns of A, or its equations, are too close to dependent.",
        "Type a larger scale, or merge columns that are one.",
    )
    TIED_STARTS = (
        "Some coordinates tie to within the rounding of their starts, which are not equal, and slacks far below that "
        "rounding share x among them: float64 weights do not decide it.",
        "Type weights that are equal, or a larger scale.",
    )
    NEAR_TIES = (
        "x is a minimiser of the weighted ℓ1 norm to rounding, but whether it is the only one was not decided: "
        "coordinates reach their prices together to rounding, but not in the numbers as stored.",
        "Type rl.inits.Constant(1e-8), or round A to fewer digits, so that ties are ties.",
    )
    NEAR_COPIES = (
        "x is a minimiser of the weighted ℓ1 norm for a b beside that of the system: what A x misses of b asks for "
        "differences of columns that are nearly alike, large parts of x for small ones of b, and the walk did not "
        "follow.",
        "Type rl.inits.Constant(1e-8), or round A to fewer digits, so that near copies are copies.",
    )

    def __init__(self, sentence: str, remedy: str) -> None:
        self.sentence = sentence
        self.remedy = remedy

    @property
    def is_undecided(self) -> bool:
        """Whether the data and the start, as stored, do not decide x, however well it solves the equations."""
        return self in (Outcome.DEPENDENT_COLUMNS, Outcome.TIED_STARTS, Outcome.NEAR_TIES)

    @property
    def asks_certificate(self) -> bool:
        """Whether rounding may have moved x further than its residual shows, so that a certificate is to decide."""
        return self in (Outcome.MOVED_BY_ROUNDING, Outcome.NEAR_COPIES)

    def or_moved(self, is_moved: bool) -> Outcome:
        """This outcome, or where rounding may have moved x that one; an undecided x stays undecided."""
        return Outcome.MOVED_BY_ROUNDING if is_moved and not self.is_undecided else self


@dataclass(frozen=True)
class Minimum:
    """The minimiser of Φ(x) − ⟨offset, x⟩ over A x = b, or what a solver found in its place.

    Attributes:
        x: (d,) the minimiser.
        dual: ν (n,) with ∇Φ(x) = offset + Aᵀν.
        steps: Newton steps, or jumps from saddle to saddle; 0 for a closed form.
        method: the method, in a few words.
        outcome: how it ended.
        zeros: (d,) mask of the coordinates that A x = b forces to 0 where signs are locked, on which the gradient is
            infinite; None where there are none. ∇Φ(x) = offset + Aᵀν holds on the others.
        other: (d,) another minimiser of a Φ that is not strictly convex; None where there is none, or none is known.
        saddles: the saddles on the way of a start that vanishes; None elsewhere.
        undecided: the coordinates that an undecided outcome speaks of.
    """

    x: Vector
    dual: Dual
    steps: int
    method: str
    outcome: Outcome = Outcome.REACHED
    zeros: Any = None
    other: Vector | None = None
    saddles: Saddles | None = None
    undecided: tuple[int, ...] = ()


# (potential, equations, offset, tol) ↦ the minimum of that potential, for potentials that are made of others.
Minimiser = Callable[[Any, Any, Vector, float], Minimum]
