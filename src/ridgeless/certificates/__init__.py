"""Proofs about an answer. NumPy and SciPy only."""

from ridgeless.certificates.certificate import (
    CERTIFIED_TO,
    REFUTED_FROM,
    Certificate,
    Verdict,
    certify,
    stationarity,
)
from ridgeless.certificates.conservation import conservation

__all__ = ["CERTIFIED_TO", "REFUTED_FROM", "Certificate", "Verdict", "certify", "conservation", "stationarity"]
