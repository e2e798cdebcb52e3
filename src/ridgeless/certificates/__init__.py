"""Proofs about an answer. NumPy and SciPy only."""

from ridgeless.certificates.certificate import Certificate, Verdict, certify, stationarity
from ridgeless.certificates.conservation import conservation

__all__ = ["Certificate", "Verdict", "certify", "conservation", "stationarity"]
