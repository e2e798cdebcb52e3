"""Penalties a user may wish training to minimise; `rl.design` finds the start whose potential comes nearest to one."""

from ridgeless.penalties.elastic_net import ElasticNet
from ridgeless.penalties.kullback_leibler import KullbackLeibler
from ridgeless.penalties.weighted_squares import WeightedSquares

__all__ = ["ElasticNet", "KullbackLeibler", "WeightedSquares"]
