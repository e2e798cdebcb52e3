"""Anguita et al. 2026: what pretraining leaves to fine-tuning is set by the scales of the layers at the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Anguita2026(Paper):
    """Two diagonal layers, trained twice: absolute and relative scale decide on reuse and refinement of features."""

    key = "anguita2026"
    title = "A Theory of How Pretraining Shapes Inductive Bias in Fine-Tuning"
    citation = "Anguita, Locatello, Saxe, Mondelli, Mancini, Lippl and Dominé 2026, arXiv 2602.20062"
    standing = (
        "A reconstruction from the abstract, which is all that was read of the paper: four regimes of fine-tuning of "
        "diagonal networks, set by the initialization, and a smaller first layer that lets features be reused and "
        "refined. Network, tasks, sizes and thresholds are chosen here. Between the phases the second layer is set to "
        "0, so that fine-tuning starts at x = 0 with the features of pretraining; that the paper does so is a guess. "
        "What is exact are the limits of both phases, by the theorems of this package, and E1 holds them against "
        "training in the weights. The paper's expressions for the generalization error are not tested."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 10, Tier.CLUSTER: 50}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: both phases without training; E2: four regimes."""
        return sections_of(__name__, budget, progress)
