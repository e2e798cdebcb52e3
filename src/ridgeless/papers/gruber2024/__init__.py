"""Gruber and Avron 2024: deep linear networks on A x = b with more unknowns than equations."""

from __future__ import annotations

from collections.abc import Iterator

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, sections_of


class Gruber2024(Paper):
    """Deep linear networks solve A x = b, and their start picks the solution: E1 to E10 and the two paradoxes."""

    key = "gruber2024"
    title = "On the Role of Initialization on the Implicit Bias in Deep Linear Networks"
    citation = "Gruber and Avron 2024, arXiv 2402.02454"
    standing = (
        "A reconstruction from the problem statement. The paper asks which solution of A x = b, with more unknowns "
        "than equations, gradient descent finds in the network W_1 … W_h w, as a function of the initial weights. Its "
        "question, its model and its notion of a bi-optimal solution are kept; its theorems' constants, the sizes, "
        "step sizes and figures of its experiments are not known here, and no code of it is public. Every law below "
        "is derived anew for this model, every system and every start is drawn anew, and no figure copies one of the "
        "paper's."
    )

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1 to E10, then the optimization and the generalization paradox; in the tier of seconds, E2."""
        only = budget.choose(seconds=("e02",), minutes=None, cluster=None)
        return sections_of(__name__, budget.seeds, progress, only)
