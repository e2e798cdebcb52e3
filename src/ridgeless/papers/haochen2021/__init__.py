"""HaoChen et al. 2021: noise in the labels finds sparse solutions from a large start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Haochen2021(Paper):
    """x = v² from v = 1: label noise recovers the sparse truth, gradient descent and Gaussian noise do not."""

    key = "haochen2021"
    title = "Shape Matters: Understanding the Implicit Bias of the Noise Covariance"
    citation = "HaoChen, Wei, Lee and Ma 2021, COLT, arXiv 2006.08680"
    standing = (
        "E1 is the paper's experiment with the settings of its authors' code, on designs drawn anew: 40 equations in "
        "100 unknowns, five ones, loss ¼(v²·a − b)², Gaussian noise on one label a step with δ = 1, η = 0.01, α = 1, "
        "300,000 steps with η divided by ten twice; only in the tier of seconds it is a reconstruction on smaller "
        "designs, with fewer and longer steps. What is called recovered is decided here. E2 is not the paper's: it "
        "follows from what a step does to log v, and predicts the curve of E1 before training, until noise in x hides "
        "it. E3 repeats the finding with the package's own flow, whose noise is on all labels at once. The theorems, "
        "with their assumptions on δ and n, are not tested as such, and neither are the experiments on images."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 4, Tier.MINUTES: 8, Tier.CLUSTER: 20}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: recovery from a large start; E2: the law of the shrinking start; E3: noise on all labels."""
        return sections_of(__name__, budget, progress)
