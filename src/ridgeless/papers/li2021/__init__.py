"""Li, Nguyen, Hegde and Wong 2021: depth widens the window of early stopping and the range of starts that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Li2021(Paper):
    """x = u^D − v^D by gradient descent on noisy data: depth makes early stopping and small starts less delicate."""

    key = "li2021"
    title = "Implicit Sparse Regularization: The Impact of Depth and Early Stopping"
    citation = "Li, Nguyen, Hegde and Wong 2021, NeurIPS, arXiv 2108.05574"
    standing = (
        "A reconstruction on data drawn anew, with the sizes, the step size 0.01 and the start 1e-5 of the paper's "
        "experiment on early stopping (E1); its noise and its design are taken to be 0.5 and Gaussian. An estimate "
        "counts as good where its error is at most four times what least squares on the true support has in the mean, "
        "a threshold chosen here. E2 and E3 replace the designs by ones for which a law is known: orthonormal columns "
        "for the order in which entries are learnt, and linear regression for large starts. The theorems are not "
        "tested as such: their constants are not known here."
    )
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 10, Tier.CLUSTER: 30}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: early stopping and starts by depth; E2: incremental learning; E3: large starts."""
        return sections_of(__name__, budget, progress)
