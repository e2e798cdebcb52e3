"""Parameters of estimators, checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._features import in_column_order
from ridgeless.estimators.mirror_maps import MirrorMap, mirror_map
from ridgeless.estimators.stops import LARGEST_UNIT, LEAST_UNIT, AtTime, Explained, Penalty, Stop, as_float

DEFAULT_SCALE = 0.1
# From ridge to the Lasso: beyond the first every scale gives the same path, and nearly so beyond the last.
DEFAULT_SCALES = (30.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6, 1e-9, 1e-14)

_DEEPEST, _MOST_COUNTED, _DECADES = 1000, 10_000, (0.01, 16.0)
_LONGEST = 60


def refused(asker: Any, name: str, value: Any, wanted: str) -> InvalidInputError:
    """The error that says what came for a parameter of an estimator, or of a function by name, and what is wanted."""
    call = asker if isinstance(asker, str) else type(asker).__name__
    came = " ".join(repr(value).split())
    shown = came if len(came) <= _LONGEST else f"{came[:_LONGEST]}…"
    return InvalidInputError(f"{call}({name}={shown}): {name} is {wanted}")


def checked_mirror(estimator: Any, depth: Any, positive: bool) -> MirrorMap:
    """The mirror map of a depth.

    Raises:
        InvalidInputError: the depth is no whole number of at least 1, or of 2 where coefficients stay positive.
    """
    least = 2 if positive else 1
    if isinstance(depth, bool) or not isinstance(depth, int | np.integer) or not least <= depth <= _DEEPEST:
        why = " where positive=True" if positive else ""
        raise refused(estimator, "depth", depth, f"a whole number of at least {least}{why}, and at most {_DEEPEST}")
    return mirror_map(int(depth), bool(positive))


def checked_scale(estimator: Any, scale: Any) -> float:
    """A relative scale, or the default.

    Raises:
        InvalidInputError: it is not a finite number above 0.
    """
    if scale is None:
        return DEFAULT_SCALE
    if not LEAST_UNIT <= as_float(scale) <= LARGEST_UNIT:
        raise refused(estimator, "scale", scale, f"a finite number above 0, from {LEAST_UNIT:g} to {LARGEST_UNIT:g}")
    return float(scale)


def checked_scales(estimator: Any, scales: Any) -> np.ndarray:
    """Relative scales to choose from, in the order given, or the default.

    Raises:
        InvalidInputError: they are not finite numbers above 0.
    """
    if scales is None:
        return np.array(DEFAULT_SCALES)
    try:
        given = np.asarray(scales, dtype=float)
    except (TypeError, ValueError, OverflowError):
        given = np.empty(0)
    if given.ndim != 1 or not len(given) or not np.all((given >= LEAST_UNIT) & (given <= LARGEST_UNIT)):
        wanted = f"a list of finite numbers above 0, from {LEAST_UNIT:g} to {LARGEST_UNIT:g}"
        raise refused(estimator, "scales", scales, wanted)
    return given


def checked_stop(estimator: Any, stop: Any) -> Stop:
    """A stop, or the default.

    Raises:
        InvalidInputError: it is something else.
    """
    if stop is None:
        return Explained()
    if not isinstance(stop, Stop):
        wanted = "AtTime(t), Penalty(lam), Interpolate(), Discrepancy(sigma) or Explained(share)"
        raise refused(estimator, "stop", stop, f"{wanted} of ridgeless.estimators")
    return stop


def checked_stop_classes(estimator: Any, stop: Any) -> list[type[Stop]]:
    """Classes of stops to choose from.

    Raises:
        InvalidInputError: one is neither `AtTime` nor `Penalty`.
    """
    classes = _listed(stop)
    if not classes or any(one is not AtTime and one is not Penalty for one in classes):
        raise refused(estimator, "stop", stop, "the class AtTime or Penalty, or a list of both; no number, for the "
                       "number is what cross-validation chooses")  # fmt: skip
    return classes


def check_flags(estimator: Any, **flags: Any) -> None:
    """Refuse parameters that are neither True nor False.

    Raises:
        InvalidInputError: one is something else, such as "no" or 1, whose truth may not be what was meant.
    """
    for name, value in flags.items():
        if not isinstance(value, bool | np.bool_):
            raise refused(estimator, name, value, "True or False")


def checked_flags(estimator: Any, name: str, value: Any) -> list[bool]:
    """True, False, or both to choose from.

    Raises:
        InvalidInputError: something else.
    """
    flags = _listed(value)
    if not flags or any(not isinstance(one, bool | np.bool_) for one in flags):
        raise refused(estimator, name, value, "True, False or [False, True]")
    return [bool(one) for one in flags]


def checked_count(estimator: Any, name: str, value: Any, least: int) -> int:
    """A whole number.

    Raises:
        InvalidInputError: it is none, below the least, or more than memory has room for.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= _MOST_COUNTED:
        raise refused(estimator, name, value, f"a whole number of at least {least}, and at most {_MOST_COUNTED}")
    return int(value)


def checked_decades(estimator: Any, value: Any) -> float:
    """How far a path falls.

    Raises:
        InvalidInputError: it is no number, or so small or so large that float64 tells the points not apart.
    """
    least, most = _DECADES
    if not least <= as_float(value) <= most:
        raise refused(estimator, "decades", value, f"a number from {least:g} to {most:g}")
    return float(value)


def checked_jobs(asker: Any, value: Any) -> int | None:
    """How many processes, as joblib counts them.

    Raises:
        InvalidInputError: it is neither None nor a whole number other than 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value == 0 or abs(value) > _MOST_COUNTED:
        raise refused(asker, "n_jobs", value, "None or a whole number other than 0; -1 is every core")
    return int(value)


def checked_depths(estimator: Any, depth: Any) -> list[Any]:
    """The depths to choose from, each to be checked by `checked_mirror`.

    Raises:
        InvalidInputError: there is none.
    """
    depths = _listed(depth)
    if not depths:
        raise refused(estimator, "depth", depth, "a whole number of at least 1, or a list of them")
    return depths


def checked_prior(estimator: Any, prior_scale: Any) -> np.ndarray | None:
    """Each feature's relative scale in the order of the columns, divided by their geometric mean.

    Raises:
        InvalidInputError: not one finite number above 0 for each feature.
    """
    if prior_scale is None:
        return None
    prior = in_column_order(estimator, "prior_scale", prior_scale)
    features = estimator.n_features_in_
    if prior.shape != (features,) or not np.all((prior > 0) & np.isfinite(prior)):
        raise InvalidInputError(
            f"{type(estimator).__name__}(prior_scale=…): give one finite number above 0 for each of the {features} "
            f"features, not an array of shape {prior.shape}"
        )
    return prior / np.exp(np.mean(np.log(prior)))


def _listed(value: Any) -> list[Any]:
    is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return list(value) if is_list or (isinstance(value, np.ndarray) and value.ndim) else [value]
