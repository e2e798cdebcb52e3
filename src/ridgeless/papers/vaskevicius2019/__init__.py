"""Vaškevičius, Kanade and Rebeschini 2019: early-stopped descent of u² − v² is an optimal sparse estimator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, Tier, sections_of


class Vaskevicius2019(Paper):
    """x = u² − v² by gradient descent, stopped early: small starts, strong signals and growing steps."""

    key = "vaskevicius2019"
    title = "Implicit Regularization for Optimal Sparse Recovery"
    citation = "Vaskevicius, Kanade and Rebeschini 2019, NeurIPS, arXiv 1909.05122"
    standing = (
        "A reconstruction of three of the paper's experiments on data drawn anew, with its loss ‖X w − y‖²/n and "
        "Rademacher designs. E1 has the paper's sizes but in the tier of seconds; E2 and E3 have them in the tier of "
        "the cluster alone, and are smaller otherwise. The theorems are not tested as such: they assume a restricted "
        "isometry that designs of these sizes do not have, and their constants are not known here. The claims are what "
        "the theorems and figures say about order: which error is smaller, which grows with what. The scheme of "
        "growing steps in E3 is rebuilt from its idea, a doubling of the step of every entry that is still small. "
        "One claim of E2 does not come out: where the noise hides the signal the best Lasso is slightly better than "
        "the best early-stopped descent, as both are hardly better than 0."
    )
    misses: ClassVar[tuple[str, ...]] = ("error of gradient descent over that of the Lasso, σ = 4",)
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 10, Tier.CLUSTER: 30}

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: scale of the start; E2: strength of the signal, beside the Lasso; E3: growing steps."""
        return sections_of(__name__, budget, progress)
