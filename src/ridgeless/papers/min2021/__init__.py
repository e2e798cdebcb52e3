"""Min et al. 2021: one hidden layer, its imbalance, its invariant set and its width."""

from __future__ import annotations

from collections.abc import Iterator

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, sections_of


class Min2021(Paper):
    """One hidden layer: imbalance bounds the rate, an invariant set holds the shortest solution, and width nears it."""

    key = "min2021"
    title = (
        "On the Explicit Role of Initialization on the Convergence and Implicit Bias of Overparametrized Linear "
        "Networks"
    )
    citation = "Min, Tarmoun, Vidal and Mallada 2021, ICML, arXiv 2105.06351"
    standing = (
        "A reconstruction from the paper's three statements: the imbalance of the start bounds the rate, starts in an "
        "invariant set end at the minimum-norm solution, and wide random starts end near it. They are stated and "
        "measured here for networks with one output, W w, on Gaussian systems drawn anew, with the exact gap in place "
        "of the paper's upper bounds; its constants, its sizes and its figures are not known here."
    )

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: imbalance and rate; E2: the invariant set; E3: width; in the tier of seconds, E1 and E2."""
        only = budget.choose(seconds=("e1", "e2"), minutes=None, cluster=None)
        return sections_of(__name__, budget.seeds, progress, only)
