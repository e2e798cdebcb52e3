"""The base class of papers, and the statistics that their claims share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar, Literal

import numpy as np

from ridgeless._core.arrays import whole_number
from ridgeless._core.budget import Budget, Tier
from ridgeless._core.claims import Claim, Curve, Figure, Points, Section, Table
from ridgeless._core.discovery import Exemplified, look_up

__all__ = [
    "Budget",
    "Claim",
    "Curve",
    "Figure",
    "Paper",
    "PaperProgress",
    "Points",
    "Section",
    "Table",
    "Tier",
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
        misses: statements of claims that are known not to come out. They stay in the report, failed or undecided.
        seeds: how many random instances each tier takes, unless another number is asked for.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    standing: ClassVar[str]
    misses: ClassVar[tuple[str, ...]] = ()
    seeds: ClassVar[Mapping[Tier, int]] = {Tier.SECONDS: 3, Tier.MINUTES: 20, Tier.CLUSTER: 100}

    @classmethod
    def budget(cls, tier: Literal["seconds", "minutes", "cluster"] = "minutes", seeds: int | None = None) -> Budget:
        """What a rerun may cost.

        Args:
            tier: "seconds" (at most ten on one core), "minutes" (at most ten on two cores) or "cluster" (no bound).
            seeds: the number of random instances, instead of that of the tier.

        Raises:
            InvalidInputError: an unknown tier, or a number of seeds that is no whole number of at least 1.

        Example:
            >>> from ridgeless.papers import FOUND
            >>> FOUND["min2021"].budget("seconds")
            Budget(tier=<Tier.SECONDS: 'seconds'>, seeds=3)
        """
        known = look_up(tier, {each.value: each for each in Tier}, "tier")
        if seeds is None:
            return Budget(known, cls.seeds[known])
        return Budget(known, whole_number(seeds, "reproduce", "seeds", least=1))

    @abstractmethod
    def sections(self, budget: Budget, progress: PaperProgress = lambda _: None) -> Iterator[Section]:
        """The experiments, one by one; `progress` is told what is running.

        Args:
            budget: what they may cost: sizes go by its tier, statistics are taken over its seeds.
            progress: called with a few words before each part.
        """


def sections_of(
    package: str, size: Budget | int, progress: PaperProgress, only: Sequence[str] | None = None
) -> Iterator[Section]:
    """The sections of the modules e1_…, e2_… of a paper's package, each computed when it is asked for.

    Such a module has `run(size, progress)`, which trains, and `section`, which makes a section of what `run` gives.
    It is imported only here: it loads JAX, which a list of papers does not need.

    Args:
        package: name of the paper's package.
        size: what each `run` is given: the budget, or its number of seeds where nothing else depends on it.
        progress: as in `Paper.sections`.
        only: the modules that are meant, as "e2" for e2_…; all of them where it is left out.
    """
    names = sorted(info.name for info in iter_modules(import_module(package).__path__))
    for name in names:
        if re.match(r"e\d+_", name) and (only is None or name.partition("_")[0] in only):
            experiment = import_module(f"{package}.{name}")
            yield experiment.section(experiment.run(size, progress))


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
