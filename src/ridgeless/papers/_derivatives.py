"""Derivatives of F(θ) = W_1 … W_h w by hand: a product of matrices needs no automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Inexact

from ridgeless._core.arrays import Vector
from ridgeless.networks import Theta

# F is a polynomial, and a complex step of this size loses nothing: there is no difference of large numbers.
_STEP = 1e-30

Layers = list[np.ndarray]


def layers_of(theta: Theta) -> Layers:
    """[W_1, …, W_h, w], with w as a column."""
    return [*theta["W"], theta["w"][:, None]]


def flat(layers: Layers) -> Inexact[np.ndarray, " p"]:
    """All weights in one vector."""
    return np.concatenate([layer.ravel() for layer in layers])


def unflat(vector: Inexact[np.ndarray, " p"], like: Layers) -> Layers:
    """The vector cut into layers of the shapes of `like`."""
    return splitter(like)(vector)


def splitter(like: Layers) -> Callable[[Inexact[np.ndarray, " p"]], Layers]:
    """The function that cuts vectors into layers of the shapes of `like`, as views."""
    ends = np.cumsum([0, *(layer.size for layer in like)]).tolist()
    cuts = [(slice(*pair), layer.shape) for pair, layer in zip(pairwise(ends), like, strict=True)]
    return lambda vector: [vector[cut].reshape(shape) for cut, shape in cuts]


def product(layers: Layers) -> Inexact[np.ndarray, " d"]:
    """F(θ) = W_1 … W_h w."""
    vector = layers[-1][:, 0]
    for layer in reversed(layers[:-1]):
        vector = layer @ vector
    return vector


def orders(layers: Layers, change: Layers) -> Inexact[np.ndarray, "3 d"]:
    """F(θ), J δ and ½H[δ, δ]: the coefficients of F(θ + εδ) in ε, up to the second."""
    series = [layers[-1][:, 0], change[-1][:, 0], np.zeros(len(layers[-1]))]
    for layer, moved in zip(reversed(layers[:-1]), reversed(change[:-1]), strict=True):
        series = [
            layer @ series[0],
            layer @ series[1] + moved @ series[0],
            layer @ series[2] + moved @ series[1],
        ]
    return np.array(series)


def pulled(layers: Layers, z: Inexact[np.ndarray, " d"]) -> Layers:
    """J(θ)ᵀz, the gradient of zᵀF; of complex weights too, by the same polynomial."""
    lefts, rights = [z], [np.ones(1)]
    for layer in layers[:-1]:
        lefts.append(layer.T @ lefts[-1])
    for layer in reversed(layers[1:]):
        rights.append(layer @ rights[-1])
    return [np.outer(left, right) for left, right in zip(lefts, reversed(rights), strict=True)]


def pulled_along(layers: Layers, direction: Layers, z: Vector) -> Float[np.ndarray, " p"]:
    """H[direction, ·]ᵀz: how J(θ)ᵀz changes along a direction, flat."""
    moved = [layer + 1j * _STEP * step for layer, step in zip(layers, direction, strict=True)]
    return np.imag(flat(pulled(moved, z))) / _STEP
