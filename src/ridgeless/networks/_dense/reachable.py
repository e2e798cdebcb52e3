"""Directions that training of W_1 … W_h w can reach: starts whose part in the null space no gradient meets."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from ridgeless.networks.base import Theta
from ridgeless.systems import LinearSystem

_EXACT = 1e-12

Basis = Float[np.ndarray, "_ _"]


def null_share(theta0: Theta, null_part: np.ndarray, system: LinearSystem) -> float:
    """The share of P_N W_1 = `null_part` in what gradients meet of W_1; 0 where x stays in the row space.

    Let S_1 = row(A), let S_(h+1) hold w, and let S_(i+1) ⊇ W_iᵀS_i and S_i ⊇ W_i S_(i+1) between the layers. The
    gradient with respect to W_i is an outer product of a vector of S_i and one of S_(i+1), so that training stays in
    these spaces for ever; P_N W_1 S_2 = 0 keeps x in the row space, whatever else P_N W_1 holds.
    """
    space = met_of_first(system.orthonormal_rows @ theta0["W"][0], theta0["W"][1:], theta0["w"])
    met = theta0["W"][0] @ space
    # Column by column: a long one must not hide what a short one holds.
    sizes = np.linalg.norm(met, axis=0)
    shares = np.linalg.norm(null_part @ space, axis=0)[sizes > 0] / sizes[sizes > 0]
    return float(shares.max(initial=0.0))


def met_of_first(seen: np.ndarray, inner: list[np.ndarray], vector: np.ndarray) -> Basis:
    """An orthonormal basis of the smallest S_2 of `null_share`; `seen` is W_1 in coordinates on the row space."""
    spaces = [_basis(seen.T)]
    spaces += [np.zeros((matrix.shape[1], 0)) for matrix in inner]
    spaces[-1] = _joined(spaces[-1], vector[:, None])
    sizes = None
    while sizes != [space.shape[1] for space in spaces]:
        sizes = [space.shape[1] for space in spaces]
        for index, matrix in enumerate(inner):
            spaces[index + 1] = _joined(spaces[index + 1], matrix.T @ spaces[index])
        for index, matrix in reversed(list(enumerate(inner))):
            spaces[index] = _joined(spaces[index], matrix @ spaces[index + 1])
    return spaces[0]


def _joined(space: Basis, moved: Basis) -> Basis:
    """The sum of a space, given by an orthonormal basis, and of one given by columns of any length."""
    return _basis(np.column_stack([space, moved / (np.linalg.norm(moved) or 1.0)]))


def _basis(columns: Basis) -> Basis:
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, sizes > _EXACT * np.linalg.norm(columns)]
