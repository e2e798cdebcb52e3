"""Interfaces of constrained minimisation: the equations, the solver's signature, and the minimum it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ridgeless._core.arrays import Dual, Matrix, Vector


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


@dataclass(frozen=True)
class Minimum:
    """The minimiser of Φ(x) − ⟨offset, x⟩ over A x = b.

    Attributes:
        x: (d,) the minimiser.
        dual: ν (n,) with ∇Φ(x) = offset + Aᵀν.
        steps: Newton steps; 0 for a closed form.
        method: the method, in a few words.
        zeros: (d,) mask of the coordinates that A x = b forces to 0 where signs are locked, on which the gradient is
            infinite; None where there are none. ∇Φ(x) = offset + Aᵀν holds on the others.
        doubt: why data and start, as stored, do not determine x; "" where they do.
        is_fragile: whether rounding may have moved x further than its residual shows, so that a certificate is needed.
    """

    x: Vector
    dual: Dual
    steps: int
    method: str
    zeros: Any = None
    doubt: str = ""
    is_fragile: bool = False


# (potential, equations, offset, tol) ↦ the minimum of that potential, for potentials that are made of others.
Minimiser = Callable[[Any, Any, Vector, float], Minimum]
