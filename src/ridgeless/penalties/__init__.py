"""Penalties a user may wish training to minimise; `rl.design` finds the start whose potential comes nearest to one."""

from ridgeless._core.shown import shown
from ridgeless.penalties.elastic_net import ElasticNet
from ridgeless.penalties.kullback_leibler import KullbackLeibler
from ridgeless.penalties.weighted_squares import WeightedSquares

__all__ = ["ElasticNet", "KullbackLeibler", "WeightedSquares"]

__getattr__, __dir__ = shown(__name__, __all__)
