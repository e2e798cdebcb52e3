"""Shared by the inits of dense networks: which networks they accept, random directions, projection on the row space."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless.errors import IncompatibleInitError
from ridgeless.networks import Dense, Network
from ridgeless.systems import LinearSystem


def dense_network(network: Network, call: str) -> Dense:
    """The network whose weights are trained, if it is a dense one.

    Raises:
        IncompatibleInitError: it is another.
    """
    trained = network.inner
    if isinstance(trained, Dense):
        return trained
    raise IncompatibleInitError(
        f"{call} makes no start for {network}: its recipe is one for products of matrices. "
        "Type rl.networks.Dense(hidden=1), or rl.inits.Gaussian(scale)."
    )


def one_hidden_layer(network: Network, call: str) -> Dense:
    """The network, if it is a dense one with h = 1.

    Raises:
        IncompatibleInitError: it is another.
    """
    if isinstance(network, Dense) and network.hidden == 1:
        return network
    raise IncompatibleInitError(
        f"{call} makes no start for {network}: its theorem is one for Dense(hidden=1), trained as it is. "
        "Type rl.networks.Dense(hidden=1), or, at any depth, rl.inits.RowSpace(scale) or rl.inits.Chain(scale)."
    )


def last_width(network: Dense, unknowns: int) -> int:
    """The length of w."""
    layer: Any = network.layout(unknowns)["w"]
    return layer.shape[0]


def random_unit(rng: np.random.Generator, size: int) -> Float[np.ndarray, " size"]:
    """A vector of norm 1 in a direction drawn uniformly."""
    vector = rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


def projected_on_rows(columns: Float[np.ndarray, "d m"], system: LinearSystem) -> Float[np.ndarray, "d m"]:
    """P_A applied to every column, twice: the second pass takes away what rounding leaves of a long null part."""
    return np.column_stack([system.project_rows(system.project_rows(column)) for column in columns.T])
