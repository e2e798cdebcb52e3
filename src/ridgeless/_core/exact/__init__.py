"""Multiprecision integer arithmetic on float64 data: linear systems, simplex tableaux and an exact simplex method."""

from ridgeless._core.exact.arithmetic import exact_solution, margins
from ridgeless._core.exact.cone import Direction, cheapest_direction
from ridgeless._core.exact.tableau import IndependentEquations, Tableau, independent_rows, tableau_of

__all__ = [
    "Direction",
    "IndependentEquations",
    "Tableau",
    "cheapest_direction",
    "exact_solution",
    "independent_rows",
    "margins",
    "tableau_of",
]
