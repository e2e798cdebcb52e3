"""Azulay et al. 2021: the shape of a start decides as much as its scale."""

from __future__ import annotations

from collections.abc import Iterator

from ridgeless.papers.base import Budget, Paper, PaperProgress, Section, sections_of


class Azulay2021(Paper):
    """Two layers of different size, |u₀v₀| = α: the shape s pushes training out of the rich regime, at any scale."""

    key = "azulay2021"
    title = "On the Implicit Bias of Initialization Shape: Beyond Infinitesimal Mirror Descent"
    citation = "Azulay, Moroshko, Nacson, Woodworth, Srebro, Globerson and Soudry 2021, ICML, arXiv 2102.09769"
    standing = (
        "The paper's formulas, on systems drawn anew. Its potentials q_k (diagonal network) and q (one hidden neuron) "
        "are tested against gradient flow in the weights, with its scales and shapes. Its figure of the population "
        "error is redrawn at a fifth of its unknowns, from 1000 to 200 (40 equations for 100, 3 nonzero entries for "
        "5; entries of the truth 1/√3, label noise of variance 0.01), with exact gradient flow in place of small "
        "steps; the numbers on its axes are therefore not the paper's."
    )

    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """E1: the diagonal network; E2: one hidden neuron; E3: the population error; in the tier of seconds, E1."""
        only = budget.choose(seconds=("e1",), minutes=None, cluster=None)
        return sections_of(__name__, budget.seeds, progress, only)
