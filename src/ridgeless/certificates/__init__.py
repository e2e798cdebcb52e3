"""Certificates: distance to the limit, rigorous enclosures, sparse recovery, convergence rates and invariants."""

from ridgeless._core.shown import shown
from ridgeless.certificates.beside_limit import KnownLimit, certify_beside
from ridgeless.certificates.bi_optimal import BiOptimality, bi_optimality
from ridgeless.certificates.certificate import WITHIN, Certificate, Verdict, Witness, certify
from ridgeless.certificates.conserved import conservation
from ridgeless.certificates.convergence import (
    SmallStart,
    convergence_rate,
    small_start,
    tangent_kernel,
    tangent_spectrum,
)
from ridgeless.certificates.enclosing import enclose, enclose_limit, enclose_vanishing
from ridgeless.certificates.enclosure import Enclosure
from ridgeless.certificates.sparse_recovery import Recovery, recovery
from ridgeless.certificates.stationary import STATIONARY, stationarity

__all__ = [
    "STATIONARY",
    "WITHIN",
    "BiOptimality",
    "Certificate",
    "Enclosure",
    "KnownLimit",
    "Recovery",
    "SmallStart",
    "Verdict",
    "Witness",
    "bi_optimality",
    "certify",
    "certify_beside",
    "conservation",
    "convergence_rate",
    "enclose",
    "enclose_limit",
    "enclose_vanishing",
    "recovery",
    "small_start",
    "stationarity",
    "tangent_kernel",
    "tangent_spectrum",
]

__getattr__, __dir__ = shown(__name__, __all__)
