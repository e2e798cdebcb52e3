"""Kernel and feature regression as linear systems: features from a factor of the kernel's Gram matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Dual, Matrix, finite_array, norm, real_array, refuse_non_finite
from ridgeless.errors import InvalidInputError
from ridgeless.systems.normalize import as_matrix
from ridgeless.systems.row_space import row_space

# Relative asymmetry and negative eigenvalues that a kernel computed in single precision may have.
_SINGLE_PRECISION = 1e-6
_MOST_POINTS = 2**15
_CALL = "LinearSystem.from_kernel"


def kernel_equations(kernel: Any, inputs: Any, values: Any, grid: Any) -> tuple[Matrix, Dual, Float[np.ndarray, "m d"]]:
    """A, b and readout of `LinearSystem.from_kernel`: features at the inputs, the values, features on the grid.

    Features are rows φ(z) with φ(z)·φ(z') = k(z, z'), here those of `gram_factor` for the Gram matrix on the union of
    inputs and grid. Points that coincide have the same row, bit by bit, so that an equation given twice is one
    equation. b is `reachable_values`.

    Args:
        kernel: called once, as kernel(Z, Z) with Z of shape (points, p); returns their Gram matrix.
        inputs: (n,) or (n, p).
        values: (n,).
        grid: (m,) or (m, p).

    Returns:
        (n, d), (n,) and (m, d).

    Raises:
        InvalidInputError: no points, points of different dimensions, more than 32 768 of them, another number of
            values, or a kernel that is no function, or whose Gram matrix has the wrong shape, is not finite,
            symmetric or positive semidefinite.

    Example:
        >>> A, b, readout = kernel_equations(lambda X, Y: np.minimum(X, Y.T), [1.0, 2.0], [3.0, 4.0], [0.5, 1.0])
        >>> (readout @ A.T).round(6)
        array([[0.5, 0.5],
               [1. , 1. ]])
    """
    at, on = _points(inputs, "inputs"), _points(grid, "grid")
    if at.shape[1] != on.shape[1]:
        raise InvalidInputError(
            f"{_CALL}: inputs are points of dimension {at.shape[1]} and those of grid have dimension {on.shape[1]}; "
            "pass inputs of shape (n, p) and grid of shape (m, p)."
        )
    rhs = _fitting_values(values, len(at), _CALL, "inputs")
    # Repeated points would get features that differ by the rounding of the factorisation, about √ε, and would count as
    # independent equations.
    union, places = np.unique(np.vstack([at, on]), axis=0, return_inverse=True)
    factor, dropped = gram_factor(_gram(kernel, union))
    design, readout = np.split(factor[places.ravel()], [len(at)])
    return design, reachable_values(design, rhs, dropped), readout


def gram_factor(gram: Float[np.ndarray, "n n"]) -> tuple[Float[np.ndarray, "n r"], float]:
    """R with R Rᵀ = gram, one column for each eigenvalue that is not numerically zero, the largest first.

    Eigenvalues up to the larger of n·ε·|λ|_max and −2λ_min count as zero: a negative eigenvalue of a semidefinite
    matrix shows its rounding error. The columns are orthogonal and of length √λ. In each, the first entry of at least
    half the largest size is positive, so that for distinct λ the factor does not depend on the LAPACK in use.

    Returns:
        R, and the length of the longest column dropped, √λ for the largest λ called zero.

    Raises:
        InvalidInputError: asymmetric or indefinite by more than 1e-6, relative to the largest entry or eigenvalue;
            or zero.

    Example:
        >>> factor, dropped = gram_factor(np.ones((2, 2)))
        >>> (factor @ factor.T).round(6), dropped < 1e-7
        (array([[1., 1.],
               [1., 1.]]), True)
    """
    advice = "pass a positive semidefinite kernel, for one sklearn.gaussian_process.kernels.RBF()."
    asymmetry = np.abs(gram - gram.T).max()
    if asymmetry > _SINGLE_PRECISION * np.abs(gram).max():
        raise InvalidInputError(
            f"{_CALL}: kernel is not symmetric, k(x, y) and k(y, x) differ by up to {asymmetry:.1e}; {advice}"
        )
    eigenvalues, vectors = np.linalg.eigh((gram + gram.T) / 2)
    largest = float(np.abs(eigenvalues).max())
    if eigenvalues[0] < -_SINGLE_PRECISION * largest:
        raise InvalidInputError(
            f"{_CALL}: kernel is indefinite, its Gram matrix has eigenvalues from {eigenvalues[0]:.1e} to "
            f"{eigenvalues[-1]:.1e}; {advice}"
        )
    is_kept = eigenvalues > max(len(gram) * np.finfo(float).eps * largest, -2 * eigenvalues[0])
    if not is_kept.any():
        raise InvalidInputError(f"{_CALL}: kernel is zero at all inputs and on the whole grid; {advice}")
    dropped = float(np.max(eigenvalues[~is_kept], initial=0.0))
    factor = (vectors[:, is_kept] * np.sqrt(eigenvalues[is_kept]))[:, ::-1]
    return factor * _signs(factor), float(np.sqrt(dropped))


def reachable_values(design: Matrix, values: Dual, dropped: float) -> Dual:
    """`values`, or their projection onto the range of A where the rest is lost in the rounding of the Gram matrix.

    The eigenvalues of a smooth kernel decay below machine precision, so that values it can interpolate exactly are met
    only up to the dropped features. The rest counts as lost where dropped features, of length at most `dropped`, could
    produce it with a function no larger than the one found, ‖A A⁺b − b‖ ≤ dropped·‖A⁺b‖, and where it is at most
    1e-6·‖b‖.

    Example:
        >>> (reachable_values(np.array([[1.0], [1.0]]), np.array([1.0, 1.0 + 2e-8]), dropped=1e-7) - 1).round(10)
        array([1.e-08, 1.e-08])
        >>> reachable_values(np.array([[1.0], [1.0]]), np.array([1.0, 2.0]), dropped=1e-7)
        array([1., 2.])
    """
    space = row_space(design)
    if dropped == 0 or space.rank == len(values):
        return values
    shortest = space.min_norm(values)
    reached = design @ shortest
    lost = min(dropped * norm(shortest), _SINGLE_PRECISION * norm(values))
    return reached if norm(reached - values) <= lost else values


def feature_equations(features: Any, values: Any, grid_features: Any) -> tuple[Any, Dual, Any]:
    """A, b and readout of `LinearSystem.from_features`, in the forms that `as_matrix` gives.

    Raises:
        InvalidInputError: features that are a function or not finite, another number of values, or another number
            of features on the grid.

    Example:
        >>> feature_equations([[1.0, 2.0]], [3.0], [[4.0, 5.0]])
        (array([[1., 2.]]), array([3.]), array([[4., 5.]]))
    """
    design = _feature_matrix(features, "features")
    rhs = _fitting_values(values, design.shape[0], "LinearSystem.from_features", "features")
    if grid_features is None:
        return design, rhs, design
    readout = _feature_matrix(grid_features, "grid_features")
    if readout.shape[1] != design.shape[1]:
        raise InvalidInputError(
            f"LinearSystem.from_features: features has {design.shape[1]} columns and grid_features "
            f"{readout.shape[1]}; pass the same features at both."
        )
    return design, rhs, readout


def _feature_matrix(features: Any, what: str) -> Any:
    if callable(features) and not hasattr(features, "shape"):
        raise InvalidInputError(
            f"LinearSystem.from_features: {what} is a function; pass the matrix that it returns, one row a point."
        )
    return as_matrix(features, what)


def _signs(columns: Float[np.ndarray, "n r"]) -> Float[np.ndarray, " r"]:
    sizes = np.abs(columns)
    first = np.argmax(sizes >= sizes.max(axis=0) / 2, axis=0)
    return np.sign(columns[first, np.arange(columns.shape[1])])


def _fitting_values(values: Any, rows: int, call: str, what: str) -> Dual:
    rhs = finite_array(values, call, "values", ndim=1)
    if rhs.shape != (rows,):
        raise InvalidInputError(f"{call}: {what} has {rows} rows, so values needs shape ({rows},); it has {rhs.shape}.")
    return rhs


def _points(values: Any, what: str) -> Float[np.ndarray, "n p"]:
    points = real_array(values, _CALL, what)
    if points.ndim not in (1, 2) or points.size == 0:
        raise InvalidInputError(
            f"{_CALL}: {what} has shape {points.shape}; pass at least one point, as an array of shape (n,) or (n, p)."
        )
    refuse_non_finite(points, _CALL, what)
    return points.reshape(len(points), -1)


def _gram(kernel: Any, points: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n n"]:
    count = len(points)
    if count > _MOST_POINTS:
        raise InvalidInputError(
            f"{_CALL}: inputs and grid have {count} points, and their Gram matrix takes "
            f"{8 * count**2 / 2**30:.0f} GiB; pass a coarser grid, of at most {_MOST_POINTS} points with the inputs."
        )
    if not callable(kernel):
        raise InvalidInputError(
            f"{_CALL}: kernel is a {type(kernel).__name__}; pass a function of X (n, p) and Y (m, p) that returns "
            "their (n, m) Gram matrix, for one sklearn.gaussian_process.kernels.RBF()."
        )
    gram = real_array(kernel(points, points), _CALL, "what kernel(X, Y) returns")
    if gram.shape != (count, count):
        raise InvalidInputError(
            f"{_CALL}: kernel(X, X) returns shape {gram.shape} for X of shape {points.shape}; pass a kernel that "
            f"returns all pairs at once, here shape {(count, count)}, as X @ Y.T does."
        )
    refuse_non_finite(gram, _CALL, "the kernel's Gram matrix")
    return gram
