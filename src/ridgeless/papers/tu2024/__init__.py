"""Tu, Aranguri and Jacot 2024: wide linear networks between the lazy and the active regime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Tu2024(Paper):
    """Two wide layers from Gaussian weights: directions below a threshold are lazy, those above are active."""

    key = "tu2024"
    title = "Mixed Dynamics in Linear Networks: Unifying the Lazy and Active Regimes"
    citation = "Tu, Aranguri and Jacot 2024, NeurIPS, arXiv 2405.17580"
    standing = (
        "The paper's equation Ȧ = −[√(AAᵀ + c²I)·G + G·√(AᵀA + c²I)], c = σ²m, is held against training in the "
        "weights, on vectors by the package's own prediction (E1), and on matrices by a closed form that follows from "
        "it for A(0) = 0 (E2). E3 is a reconstruction of the phase diagram's line between the lazy and the active "
        "region: targets of low rank with noise, drawn anew, with sizes chosen here, at a few scales instead of a grid "
        "of scales and widths. The rates of the theorems are not tested, but for the power m^(−1/2) of the width."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 4, Tier.MINUTES: 10, Tier.CLUSTER: 40}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: loss curves before training; E2: singular values of matrices; E3: low rank in the active regime."""
        return sections_of(__name__, budget, progress)
