"""Layers of weights, and the check that theta has their form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import real_array, refuse_non_finite
from ridgeless.errors import InvalidInputError

if TYPE_CHECKING:
    from ridgeless.networks.base import Network


@dataclass(frozen=True)
class Layer:
    """One array of weights: its shape, and how many weights feed one output of its layer.

    Attributes:
        shape: of the array.
        fan_in: weights that feed one output.
        is_orthogonal: whether it is a square matrix Q that stays orthogonal, QᵀQ = I.
        is_trained: whether training moves it at all.
    """

    shape: tuple[int, ...]
    fan_in: int
    is_orthogonal: bool = False
    is_trained: bool = True


def checked_array(network: Network, name: str, values: Any) -> np.ndarray:
    """One entry of theta as a finite float64 array."""
    array = real_array(values, str(network), f"theta[{name!r}]")
    refuse_non_finite(array, str(network), f"theta[{name!r}]")
    return array


def refuse_other_form(network: Network, theta: Any) -> None:
    """Raise unless theta has the network's keys, and arrays of fitting shapes.

    Entries are not looked at: they may be JAX's tracers, or those of a training that diverged.
    """
    try:
        carried = network.carried & set(theta) if isinstance(theta, Mapping) else set()
        refuse_other_keys(network, theta, set(network.layout(1)) | carried)
        forms = {name: _form(network, name, value) for name, value in theta.items()}
        network.fitted(forms, network.unknowns_of(forms))
    except InvalidInputError as error:
        raise InvalidInputError(f"network(theta): {error}") from error


def _form(network: Network, name: str, value: Any) -> Any:
    """Zeros of the shape of an array, or a list of them; a NumPy array that holds no real numbers is kept."""
    if isinstance(value, (list, tuple)):
        return [_form(network, name, entry) for entry in value]
    if not hasattr(value, "shape"):
        raise InvalidInputError(f"{network}: theta[{name!r}] holds a {type(value).__name__}; pass arrays of numbers.")
    is_refused = isinstance(value, np.ndarray) and value.dtype.kind not in "fiub"
    return value if is_refused else np.broadcast_to(0.0, value.shape)


def first_layer(entry: Any) -> Any:
    """The entry of theta or of a layout, or the first of a list; None of an empty one."""
    if isinstance(entry, list):
        return entry[0] if entry else None
    return entry


def fitted_entry(network: Network, name: str, values: Any, wanted: Layer | list[Layer]) -> Any:
    """One entry of theta as fresh float64 arrays of the shapes that are wanted.

    Raises:
        InvalidInputError: a shape does not fit, or an entry is not finite.
    """
    if isinstance(wanted, Layer):
        array = checked_array(network, name, values)
        if array.shape != wanted.shape:
            raise InvalidInputError(f"{network}: theta[{name!r}] needs shape {wanted.shape}; it has {array.shape}.")
        return array
    if not isinstance(values, (list, tuple)):
        raise InvalidInputError(f"{network}: theta[{name!r}] is a {type(values).__name__}; pass a list of arrays.")
    if len(values) != len(wanted):
        raise InvalidInputError(f"{network}: theta[{name!r}] needs {len(wanted)} arrays; it has {len(values)}.")
    return [fitted_entry(network, name, value, layer) for value, layer in zip(values, wanted, strict=True)]


def refuse_other_keys(network: Network, theta: Any, wanted: set[str]) -> None:
    """Raise unless theta is a dict with these keys."""
    if not isinstance(theta, Mapping):
        raise InvalidInputError(
            f"{network}: theta is a {type(theta).__name__}; pass a dict with the keys {sorted(wanted)}."
        )
    if set(theta) != wanted:
        raise InvalidInputError(f"{network}: theta has the keys {sorted(map(str, theta))}; it needs {sorted(wanted)}.")
