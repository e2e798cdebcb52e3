"""Penalties that one would like a start to stand for, beside the potentials that starts do stand for."""

from ridgeless.penalties.elastic_net import ElasticNet
from ridgeless.penalties.kullback_leibler import KullbackLeibler
from ridgeless.penalties.weighted_squares import WeightedSquares

__all__ = ["ElasticNet", "KullbackLeibler", "WeightedSquares"]
