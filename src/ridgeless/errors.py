"""The exceptions and warnings of `ridgeless`.

Each message says what was called, what came, and what to type instead. Two families: what cannot be asked
is an exception from this module; what was asked and did not converge is a `Status` of the returned solution.
"""

from __future__ import annotations

import importlib


class RidgelessError(Exception):
    """Base class of every error that `ridgeless` raises on purpose.

    Args:
        reason: what was called, what came, and advice that holds everywhere.
        in_python: what to type instead in Python; part of the message.
        at_command_line: what to type instead at the command line, which shows it in its place.
    """

    def __init__(self, reason: str = "", *, in_python: str = "", at_command_line: str = "") -> None:
        super().__init__(f"{reason} {in_python}".strip())
        self.reason = reason
        self.at_command_line = at_command_line

    def told_at_command_line(self) -> str:
        """The message with advice for the command line in the place of Python's."""
        return f"{self.reason} {self.at_command_line}".strip()


class InvalidInputError(RidgelessError, ValueError):
    """An argument has the wrong type, shape, sign or value."""


class InvalidTypeError(InvalidInputError, TypeError):
    """An argument is of a type that no conversion makes into what is needed."""


class InconsistentSystemError(RidgelessError, ValueError):
    """b lies outside the range of A: no x solves A x = b."""


class IncompatibleInitError(RidgelessError, ValueError):
    """This initialization makes no sense for this network."""


class InfeasibleSignsError(RidgelessError, ValueError):
    """The initialization locks signs that no solution of A x = b has."""


class NoExactLimit(RidgelessError):  # noqa: N818 - the public contract names it so
    """No theorem gives the end of training from this start; training is the way to find it."""


class NoScaleError(RidgelessError):
    """No scale does what `calibrate` was asked for; the message says which end was reached."""


class NoExactDesign(RidgelessError):  # noqa: N818 - named beside NoExactLimit
    """No start of this network has the penalty for its potential, within the tolerance asked for.

    Attributes:
        error: of the best start: the worst error of its gradient, as a part of the largest; ∞ where none is known.
    """

    def __init__(self, reason: str = "", *, error: float = float("nan"), in_python: str = "") -> None:
        super().__init__(reason, in_python=in_python)
        self.error = error


class NoEnclosureError(RidgelessError):
    """No ball can be proved to hold this limit; the message says why, and what can be enclosed."""


class NoDualCoordinatesError(RidgelessError, ValueError):
    """This network's gradient flow is not a mirror flow, so it has no dual coordinates."""


class UnreadableFileError(RidgelessError, OSError):
    """A file cannot be read, or does not hold what its format promises."""


class UnwritableFolderError(RidgelessError, OSError):
    """Results cannot be written where they were asked for."""


class StudyStoreError(RidgelessError, OSError):
    """The store of a study is in use, cannot be written, or holds something else."""


class SchedulerLostError(RidgelessError, ConnectionError):
    """No scheduler answers, or the one that had the work is gone."""


class InvalidConfigurationError(RidgelessError, ValueError):
    """A configuration has an unknown key, or a value that its key does not take."""


class MissingDependencyError(RidgelessError, ImportError):
    """A part of the laboratory needs a package that is not installed."""


class IllConditionedWarning(UserWarning):
    """A number was returned whose digits rounding of the data alone decides; the message says how many are known."""


_ERRORS = sorted(name for name, each in vars().items() if isinstance(each, type))


def __getattr__(name: str) -> object:
    if name.startswith("_"):  # importing from a module asks for its __path__
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    # The room that looks for the nearest name stands above errors, which do not import it.
    raise importlib.import_module("ridgeless._core.shown").unknown(__name__, name, _ERRORS)


def __dir__() -> list[str]:
    return _ERRORS.copy()
