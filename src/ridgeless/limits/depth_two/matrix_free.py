"""The limit of depth-2 networks where A is products alone: Newton–CG on the dual, without any matrix.

Nothing of size n × n or n × d is made: what is kept is a handful of vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ridgeless._core.arrays import Dual, Vector, norm
from ridgeless.limits.checkpoint import Watch
from ridgeless.limits.depth_two.exponentials import Exponentials, Path, path
from ridgeless.limits.depth_two.out_of_core import Ray, View, follow
from ridgeless.systems import LinearSystem

_TANGENT_ACCURACY = 1e-3
_MOST_PRODUCTS = 20_000
_RIDGE = 1e-14
# Conjugate gradients on a numerically singular matrix: from here on they chase rounding.
_DIVERGED = 1e6
# Estimates of equal sizes from so many probes differ by less than this.
_PROBES = 16
_GRADED = 10.0


def solve_by_products(
    system: LinearSystem, target: Exponentials, size: float, reference: float, tol: float, watch: Watch
) -> tuple[Vector, Dual, int]:
    """The x = f(Aᵀν) with A x = b, and ν.

    Args:
        system: A x = b.
        target: f, the mirror map.
        size: what ‖Ax − b‖ is measured in.
        reference: the largest entry that x is expected to have.
        tol: on ‖Ax − b‖/size.
        watch: is told of every step.

    Returns:
        x, ν and the number of Newton steps.
    """
    way = path(target, reference)
    maps = (target.growing, target.shrinking, target.rate)
    landscape = Products(system, way, size, equation_sizes(system))
    view, steps = follow(landscape, tol, watch.on(system.shape, system.b, maps, system.min_norm()))
    return way.at(view.share).primal(view.details), view.nu / landscape.sizes, steps


@dataclass(frozen=True)
class Products:
    """A landscape seen through products with A, on equations of one size.

    Attributes:
        system: A x = b.
        path: the homotopy.
        size: what ‖Ax − b‖ is measured in.
        sizes: (n,) what each equation is divided by.
    """

    system: LinearSystem
    path: Path
    size: float
    sizes: Dual

    @property
    def equations(self) -> int:  # noqa: D102
        return self.system.shape[0]

    def view(self, share: float, nu: Dual) -> View:  # noqa: D102
        return self._seen(share, nu, self._pull_back(nu))

    def along(self, view: View, ray: Ray, accepts: Callable[[View], bool], shortest: float) -> View | None:  # noqa: D102
        change, length = self._pull_back(ray.nu), 1.0
        while length >= shortest:
            new = self._seen(*ray.from_(view, length), view.details + length * change)
            if accepts(new):
                return new
            length /= 2
        return None

    def direction(self, view: View, accuracy: float) -> Dual:  # noqa: D102
        return -self._solved(view, view.misfit, accuracy)

    def tangent(self, view: View) -> Dual:  # noqa: D102
        return -self._solved(view, self._apply(self.path.drift(view.share, view.details)), _TANGENT_ACCURACY)

    def _seen(self, share: float, nu: Dual, z: Vector) -> View:
        with np.errstate(over="ignore", invalid="ignore"):
            x = self.path.at(share).primal(z)
        if not np.isfinite(x).all():
            return View(share, nu, np.full_like(nu, np.nan), np.inf, z)
        misfit = self._apply(x) - self.system.b / self.sizes
        error = norm(misfit * self.sizes) / self.size
        return View(share, nu, misfit, error, z)

    def _solved(self, view: View, right: Dual, accuracy: float) -> Dual:
        weights = self.path.at(view.share).curvature(view.details)
        ridge = _RIDGE * float(np.mean(weights))

        def hessian(direction: Dual) -> Dual:
            return self._apply(weights * self._pull_back(direction)) + ridge * direction

        return conjugate_gradients(hessian, right, accuracy)

    def _apply(self, x: Vector) -> Dual:
        return self.system.matvec(x) / self.sizes

    def _pull_back(self, nu: Dual) -> Vector:
        return self.system.rmatvec(nu / self.sizes)


def conjugate_gradients(multiply: Callable[[Dual], Dual], right: Dual, accuracy: float) -> Dual:
    """The solution of H p = right for a positive definite H, its residual at most `accuracy`·‖right‖.

    What rounding, or the allowed number of products, leaves short of that is still a direction of descent.

    Source: Hestenes and Stiefel 1952.
    """
    solution, left = np.zeros_like(right), right.copy()
    direction, square = left.copy(), float(left @ left)
    aim, most = accuracy**2 * square, _DIVERGED**2 * square
    for _ in range(min(_MOST_PRODUCTS, 10 * len(right))):
        if not aim < square < most:
            break
        image = multiply(direction)
        curvature = float(direction @ image)
        if not (curvature > 0 and np.isfinite(curvature)):
            break
        length = square / curvature
        solution += length * direction
        left -= length * image
        before, square = square, float(left @ left)
        direction = left + (square / before) * direction
    return solution


def equation_sizes(system: LinearSystem) -> Dual:
    """The norms of the equations where they differ much, else ones: exact for a matrix, estimated for an operator.

    For random signs ω, E(Aω)_i² = Σ_j a_ij² (Bekas, Kokiopoulou and Saad 2007).
    """
    if sp.issparse(system.A):
        squares = np.asarray(system.A.multiply(system.A).sum(axis=1)).ravel()
    else:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(_PROBES, system.shape[1]))
        squares = np.mean([system.matvec(probe) ** 2 for probe in signs], axis=0)
    sizes = np.sqrt(np.where(squares > 0, squares, 1.0))
    return sizes if sizes.max() > _GRADED * sizes.min() else np.ones_like(sizes)
