"""The base class of papers, and the statistics that their claims share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

import numpy as np

from ridgeless._core.claims import Claim, Curve, Figure, Points, Section, Table
from ridgeless._core.discovery import Exemplified

__all__ = [
    "Claim",
    "Curve",
    "Figure",
    "Paper",
    "PaperProgress",
    "Points",
    "Section",
    "Table",
    "confidence",
    "sections_of",
    "slope",
]

PaperProgress = Callable[[str], None]


class Paper(Exemplified, ABC):
    """A paper whose results are computed anew. A subclass in a file of this folder is found by being there.

    Attributes:
        key: what `ridgeless reproduce` calls it.
        title: of the paper.
        citation: authors, year, where.
        standing: how this rerun relates to the paper's own experiments.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    standing: ClassVar[str]

    @abstractmethod
    def sections(self, seeds: int = 20, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """The experiments, one by one; `progress` is told what is running.

        Args:
            seeds: how many random instances each statistic is taken over.
            progress: called with a few words before each part.
        """


def sections_of(package: str, seeds: int, progress: PaperProgress) -> Iterator[Section]:
    """The sections of the modules e1_…, e2_… of a paper's package, each computed when it is asked for.

    Such a module has `run(seeds, progress)`, which trains, and `section`, which makes a section of what `run` gives.
    It is imported only here: it loads JAX, which a list of papers does not need.
    """
    names = sorted(info.name for info in iter_modules(import_module(package).__path__))
    for name in names:
        if re.match(r"e\d+_", name):
            experiment = import_module(f"{package}.{name}")
            yield experiment.section(experiment.run(seeds, progress))


def slope(x: Points, y: Points) -> float:
    """Least-squares slope of log y against log x.

    Example:
        >>> round(slope(np.array([1.0, 2.0, 4.0]), np.array([3.0, 12.0, 48.0])), 12)
        2.0
    """
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def confidence(values: Points) -> tuple[float, float]:
    """95 % confidence interval of the median of `values`, by order statistics (binomial, no distribution assumed).

    Example:
        >>> confidence(np.arange(1.0, 21.0))
        (6.0, 15.0)
    """
    from scipy.stats import binom

    ordered = np.sort(values)
    lowest = int(binom.ppf(0.025, len(ordered), 0.5))
    return float(ordered[max(lowest - 1, 0)]), float(ordered[min(len(ordered) - lowest, len(ordered) - 1)])
