"""Published results, computed anew, as claims that must hold. A new paper is one new file or package here."""

from ridgeless._core.discovery import discover
from ridgeless._core.shown import shown
from ridgeless.papers.base import Budget, Claim, Curve, Figure, Paper, Section, Table, Tier, confidence, slope

FOUND = {kind.key: kind for kind in discover(__name__, Paper).values()}

__all__ = ["FOUND", "Budget", "Claim", "Curve", "Figure", "Paper", "Section", "Table", "Tier", "confidence", "slope"]

__getattr__, __dir__ = shown(__name__, __all__)
