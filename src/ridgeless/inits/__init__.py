"""Initializations: where theta starts. A new init is one new file here."""

from typing import TYPE_CHECKING

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.inits.base import Init
from ridgeless.inits.row_space import project_rows

if TYPE_CHECKING:
    from ridgeless.inits.balanced import Balanced
    from ridgeless.inits.bi_optimal import BiOptimal
    from ridgeless.inits.chain import Chain
    from ridgeless.inits.constant import Constant
    from ridgeless.inits.gaussian import Gaussian
    from ridgeless.inits.identity import Identity
    from ridgeless.inits.imbalanced import Imbalanced
    from ridgeless.inits.landing import Landing
    from ridgeless.inits.row_space import RowSpace
    from ridgeless.inits.torch_default import TorchDefault
    from ridgeless.inits.vanishing import Vanishing
    from ridgeless.inits.weights import Weights

FOUND = discover(__name__, Init)
globals().update(FOUND)

__all__ = [
    "FOUND",
    "Balanced",
    "BiOptimal",
    "Chain",
    "Constant",
    "Gaussian",
    "Identity",
    "Imbalanced",
    "Init",
    "Landing",
    "RowSpace",
    "TorchDefault",
    "Vanishing",
    "Weights",
    "project_rows",
]

__getattr__, __dir__ = shown(__name__, [*__all__, *FOUND])
