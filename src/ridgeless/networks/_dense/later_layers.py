"""The part of a dense network that multiplies its first layer."""

from __future__ import annotations

from typing import Any

from ridgeless.networks.base import Theta


def later_layers(theta: Theta) -> Any:
    """q = W_2 … W_h w, so that x = W_1 q, in theta's own array namespace."""
    q = theta["w"]
    for matrix in reversed(theta["W"][1:]):
        q = matrix @ q
    return q
