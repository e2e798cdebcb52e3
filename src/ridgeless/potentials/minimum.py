"""Types of constrained minimisation: the equations, the possible outcomes with their messages, and the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless._core.brief import brief
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
    """Why a minimisation stopped, with a message for the user.

    Attributes:
        sentence: what happened.
        remedy: what the user can do about it; "" after success.
    """

    REACHED = ("The solver reached its tolerance.", "")
    OUT_OF_STEPS = (
        "The solver reached its limit on the number of steps.",
        "Change the scale of the initialization, or train the network instead.",
    )
    STAGES_TOO_SHORT = (
        "The homotopy in the scale could not be continued, even with the shortest stage allowed.",
        "Change the scale of the initialization, or train the network instead.",
    )
    SINGULAR = (
        "The Hessian of the dual is numerically singular, or x overflowed: no Newton step could be computed.",
        "Merge identical columns or equations, change the scale of the initialization, or train the network instead.",
    )
    NO_DECREASE = (
        "The line search found no acceptable step along Newton's direction.",
        "Change the scale of the initialization, or train the network instead.",
    )
    ROUNDED = (
        "Newton's method stopped making progress: the remaining residual is rounding error in x.",
        "Use a larger tolerance, or scale the columns to similar norms.",
    )
    PATH_LEFT_UNSOLVED = (
        "The path from saddle to saddle did not end at a verified minimiser.",
        "Scale the equations to similar norms, or use rl.inits.Constant(1e-8).",
    )
    MOVED_BY_ROUNDING = (
        "x solves the equations, but columns are so nearly alike, or so different in size, that rounding may have "
        "moved it.",
        "Call rl.certificates.enclose(solution) for the exact limit of the stored numbers to any number of digits, or "
        "use a larger scale.",
    )
    DEPENDENT_COLUMNS = (
        "x solves the equations up to rounding, but so do other points, and float64 could not tell them apart: columns "
        "of A, or its equations, are too nearly linearly dependent.",
        "Use a larger scale, or merge identical columns.",
    )
    TIED_STARTS = (
        "Some coordinates have initial weights that differ only by about their rounding error, and x divides among "
        "them according to that difference: float64 weights do not determine it.",
        "Use exactly equal weights, or a larger scale.",
    )
    NEAR_TIES = (
        "x minimises the weighted ℓ1 norm up to rounding, but whether it is the only minimiser was not decided: dual "
        "constraints become active together up to rounding, but not exactly in the stored numbers.",
        "Use rl.inits.Constant(1e-8), or round A to fewer digits, so that ties become exact.",
    )
    NEAR_COPIES = (
        "x minimises the weighted ℓ1 norm for a slightly different b. The remaining residual lies along differences of "
        "nearly equal columns, where a small change of b is a large change of x, and the path did not resolve it.",
        "Use rl.inits.Constant(1e-8), or round A to fewer digits, so that nearly equal columns become equal.",
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
        """Whether x may be less accurate than its residual suggests, so that a certificate is needed."""
        return self in (Outcome.MOVED_BY_ROUNDING, Outcome.NEAR_COPIES)

    def or_moved(self, is_moved: bool) -> Outcome:
        """MOVED_BY_ROUNDING where `is_moved` is true and the outcome is not an undecided one; else this outcome."""
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
        saddles: the saddles on the path of a vanishing initialization; None for other initializations.
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

    __repr__ = brief


# (potential, equations, offset, tol) ↦ the minimum of that potential, for potentials that are made of others.
Minimiser = Callable[[Any, Any, Vector, float], Minimum]
