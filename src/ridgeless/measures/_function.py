"""`function_measure`: a measure of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ridgeless._core.discovery import discover
from ridgeless.errors import InvalidInputError
from ridgeless.measures.base import Measure, Measured, snake_case
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

_CALL = "measures.function_measure"


@dataclass(frozen=True)
class _FunctionMeasure(Measure):
    """A function of (solution, system), under a name."""

    function: Callable[[Solution, LinearSystem], Any]
    called: str

    @property
    def name(self) -> str:
        return self.called

    @property
    def long_name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - of each function, its own
        text = (self.function.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        return text or self.called.replace("_", " ")

    def value(self, measured: Measured) -> float:
        if not measured.is_finite:
            return np.nan
        found = self.function(measured.solution, measured.system)
        if isinstance(found, np.ndarray) and found.ndim == 0:
            found = found.item()
        if not isinstance(found, Real):
            raise InvalidInputError(
                f"measure {self.called!r}: the function returned a {type(found).__name__}; let it return one number, "
                "and NaN where it does not apply."
            )
        return float(found)


def function_measure(function: Callable[[Solution, LinearSystem], Any], name: str | None = None) -> Measure:
    """The user's own function of (solution, system) as a measure, which a study takes like those of the library.

    It is called where x is finite; elsewhere the measure is NaN. The first line of its docstring is the long name.

    Args:
        function: returns one number; NaN where it does not apply.
        name: of the measure; by default that of the function. A lambda has none, and needs one here.

    Raises:
        InvalidInputError: no function, no name that is an identifier, or that of a measure of the library; and, when
            measuring, a result that is not one number.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> def largest(solution, system):
        ...     return np.abs(solution.x).max()
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([2.0]))
        >>> measure = function_measure(largest)
        >>> measure.name, measure.value(Measured(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)}), system))
        ('largest', 2.0)
    """
    if not callable(function):
        raise InvalidInputError(f"{_CALL}: got a {type(function).__name__}; pass a function of (solution, system).")
    called = getattr(function, "__name__", "") if name is None else name
    if not isinstance(called, str) or not called.isidentifier():
        raise InvalidInputError(
            f"{_CALL}: {function!r} has no name that can be a variable's; define it with def, or type "
            'function_measure(function, name="largest").'
        )
    if called in map(snake_case, discover(__package__ or "", Measure)):
        raise InvalidInputError(
            f"{_CALL}: {called!r} is a measure of the library already; rename the function, or type "
            f'function_measure(function, name="my_{called}").'
        )
    return _FunctionMeasure(function, called)
