"""Deep linear networks: how x is parametrised. One family a file; a new one is one new file here."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.networks.base import Network, Response, Theta, TrainingProblem, scaled
from ridgeless.networks.layers import Layer

if TYPE_CHECKING:
    from ridgeless.networks.dense import Dense
    from ridgeless.networks.difference import Difference
    from ridgeless.networks.direct import Direct
    from ridgeless.networks.function import Function
    from ridgeless.networks.lazy import Lazy
    from ridgeless.networks.orthogonal import Orthogonal
    from ridgeless.networks.power import Power
    from ridgeless.networks.product import Product
    from ridgeless.networks.two_branch import TwoBranch

FOUND = discover(__name__, Network)
globals().update(FOUND)

__all__ = [
    "FOUND",
    "Dense",
    "Difference",
    "Direct",
    "Function",
    "Layer",
    "Lazy",
    "Network",
    "Orthogonal",
    "Power",
    "Product",
    "Response",
    "Theta",
    "TrainingProblem",
    "TwoBranch",
    "scaled",
]

__getattr__, __dir__ = shown(__name__, [*__all__, *FOUND])
