"""Validation of the arguments of certificates."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector, real_array, refuse_non_finite
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import Bias


def fitting_vector(values: Any, length: int, call: str, what: str) -> Vector:
    """A real vector of this length; only x may contain NaN or infinities, which a certificate refutes.

    Raises:
        InvalidInputError: complex, no numbers, another shape, or a ν that is not finite.
    """
    vector = real_array(values, call, what)
    if what == "dual":
        refuse_non_finite(vector, call, what)
    if vector.shape != (length,):
        raise InvalidInputError(f"{call}: {what} needs shape ({length},); it has {vector.shape}.")
    return vector


def fitting_bias(bias: Any, unknowns: int, call: str) -> Bias:
    """A `Bias` for a system of so many unknowns.

    Raises:
        InvalidInputError: something else, or the theorem of another system.
    """
    if not isinstance(bias, Bias):
        raise InvalidInputError(f"{call}: bias is a {type(bias).__name__}; pass network.bias(theta0, system).")
    if np.shape(bias.offset) != (unknowns,):
        raise InvalidInputError(
            f"{call}: bias is that of a system of {np.size(bias.offset)} unknowns, and this one has {unknowns}; pass "
            "network.bias(theta0, system) of this system."
        )
    return bias


def fitting_within(within: Any, call: str) -> float:
    """The relative distance up to which x counts as certified, between 0 and 1.

    Raises:
        InvalidInputError: no number between 0 and 1: every x is within its own length of something.
    """
    is_number = isinstance(within, (int, float, np.floating, np.integer)) and not isinstance(within, bool)
    if not is_number or not 0 < float(within) < 1:
        raise InvalidInputError(f"{call}: within needs a number between 0 and 1, such as 1e-7; it is {within!r}.")
    return float(within)
