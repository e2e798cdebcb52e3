"""A = W₂W₁ of two wide layers trained on ½‖A − T‖², and what the mixed dynamics say of it from A = 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Matrix
from ridgeless.papers.base import Points

State = Float[np.ndarray, "..."]
_PAPER = 240517580  # arXiv number: these draws are no other file's
# Of the shortest time scale: a step of the fourth-order method.
_FINE = 0.15


@dataclass(frozen=True)
class Target:
    """T = U·diag(s)·Vᵀ.

    Attributes:
        left: U (d, r), orthonormal columns.
        sizes: s (r,), falling.
        right: V (d, r).
    """

    left: Matrix
    sizes: Points
    right: Matrix

    @property
    def matrix(self) -> Matrix:
        """T."""
        return (self.left * self.sizes) @ self.right.T

    def along(self, A: Float[np.ndarray, "k d d"]) -> Float[np.ndarray, "k r"]:
        """u_iᵀ A v_i of every A."""
        return np.einsum("dr,kde,er->kr", self.left, A, self.right)

    def predicted(self, times: Points, scale: float) -> Float[np.ndarray, "k d d"]:
        """A(t) of the mixed dynamics from A = 0: it keeps the singular vectors of T."""
        sizes = np.stack([singular_value(times, size, scale) for size in self.sizes.tolist()], axis=1)
        return np.einsum("dr,kr,er->kde", self.left, sizes, self.right)


def singular_value(times: Points, target: float, scale: float) -> Points:
    """The solution of a' = 2√(a² + c²)(s − a) from a = 0.

    With R = √(s² + c²) and k = c·sinh(2Rt + asinh(c/s)), a = (k·s − c²)/(s + k).

    Args:
        times: t.
        target: s.
        scale: c.

    Example:
        >>> singular_value(np.array([0.0, half_time(2.0, 0.5), 50.0]), 2.0, 0.5).round(9)
        array([0., 1., 2.])
    """
    root = np.hypot(target, scale)
    k = scale * np.sinh(np.minimum(2 * root * times + np.arcsinh(scale / target), 300.0))
    return (k * target - scale**2) / (target + k)


def half_time(target: float, scale: float) -> float:
    """When that solution is s/2: log 2/(2c) where c ≫ s (lazy), about log(2s/c)/(2s) where c ≪ s (active)."""
    reached = np.arcsinh((target**2 + 2 * scale**2) / (scale * target)) - np.arcsinh(scale / target)
    return float(reached / (2 * np.hypot(target, scale)))


def drawn_target(index: int, unknowns: int, sizes: Points) -> Target:
    """Random singular vectors."""
    rng = np.random.default_rng(np.random.SeedSequence([_PAPER, index]))
    left, right = (np.linalg.qr(rng.standard_normal((unknowns, unknowns)))[0][:, : len(sizes)] for _ in range(2))
    return Target(left, sizes, right)


def trained(T: Matrix, scale: float, width: int, times: Points, seed: int) -> Float[np.ndarray, "k d d"]:
    """A(t) = W₂W₁ of gradient flow on ½‖W₂W₁ − T‖² from weights N(0, c/m).

    Args:
        T: (d, d).
        scale: c.
        width: m.
        times: (k,) increasing, the first one 0.
        seed: of the weights.
    """
    weights = _weights(len(T), scale, width, seed)

    def velocity(w: State) -> State:
        misfit = w[0] @ w[1].T - T
        return -np.stack([misfit @ w[1], misfit.T @ w[0]])

    return np.array([w[0] @ w[1].T for w in _integrated(velocity, weights, times, _longest(T, scale))])


def mixed(T: Matrix, scale: float, A: Matrix, times: Points) -> Float[np.ndarray, "k d d"]:
    """A(t) of the mixed dynamics −[√(AAᵀ + c²I)·G + G·√(AᵀA + c²I)], G = A − T, from any A."""

    def velocity(A: State) -> State:
        left, sizes, right = np.linalg.svd(A)
        roots, G = np.hypot(sizes, scale), A - T
        return -(((left * roots) @ left.T) @ G + G @ ((right.T * roots) @ right))

    return np.array(list(_integrated(velocity, A, times, _longest(T, scale))))


def starting_point(unknowns: int, scale: float, width: int, seed: int) -> Matrix:
    """A(0) of `trained`."""
    second, first = _weights(unknowns, scale, width, seed)
    return second @ first.T


def _weights(unknowns: int, scale: float, width: int, seed: int) -> State:
    """(W₂, W₁ᵀ)."""
    return np.sqrt(scale / width) * np.random.default_rng([_PAPER, seed]).standard_normal((2, unknowns, width))


def _longest(T: Matrix, scale: float) -> float:
    return _FINE / (2 * (float(np.linalg.norm(T, 2)) + scale))


def _integrated(velocity: Callable[[State], State], state: State, times: Points, longest: float) -> Iterator[State]:
    """The state at the times, the first of which is that of the start, in classical Runge–Kutta steps."""
    yield state
    for span in np.diff(times).tolist():
        count = max(int(np.ceil(span / longest)), 1)
        step = span / count
        for _ in range(count):
            first = velocity(state)
            second = velocity(state + step / 2 * first)
            third = velocity(state + step / 2 * second)
            fourth = velocity(state + step * third)
            state = state + step / 6 * (first + 2 * second + 2 * third + fourth)
        yield state
