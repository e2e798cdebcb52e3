"""The tables of a study's configuration, and the built-in study written in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ridgeless._core.discovery import closest
from ridgeless.errors import InvalidConfigurationError

HISTORIES = ("loss_history", "l1_norm_history", "l2_norm_history", "sharpness_history")
KEPT = ("x", "theta", "picture", *HISTORIES)


class ConfigurationTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the configuration: no key but its own."""


class Seeds(ConfigurationTable, frozen=True):
    """The axis "seed": problem and start are drawn anew for each.

    Attributes:
        count: how many.
        first: the first of them; they are consecutive.
    """

    count: int
    first: int = 0


class Runs(ConfigurationTable, frozen=True):
    """Networks, starts and methods, each crossed with the others.

    Attributes:
        network: a name of `ridgeless list networks`, a table with `name` and the network's fields, or a list of such.
        init: likewise of `ridgeless list inits`.
        methods: "limit", "lazy_limit", a flow by its name, or tables with `flow` and the flow's fields.
        zip: lists of axes that go together instead of being crossed, as in [["network.depth", "init.scale"]].
    """

    network: Any = "Difference"
    init: Any = msgspec.field(default_factory=lambda: {"name": "Constant", "scale": 1e-4})
    methods: Any = ("limit",)
    zip: tuple[tuple[str, ...], ...] = ()


# Close together where the answers change, between 1 and 0.1.
_LAZY_TO_RICH = {"values": [10.0, 1.0, 0.5, 0.2, 0.1, 0.01, 1e-3, 1e-4, 1e-6, 1e-8]}
_DIAGONAL = ("Direct", {"name": "Difference", "depth": [2, 3]})
_EXACT_AND_FLOW = ("limit", {"flow": "GradientFlow", "max_steps": 1_300})
# Gradient descent from smaller starts would take too long.
_TO_TENTH = {"values": [10.0, 1.0, 0.5, 0.2, 0.1]}
_DESCENT = ({"flow": "GradientDescent", "max_steps": 4_000},)


def _with_scale(name: str, scale: Any) -> dict[str, Any]:
    return {"name": name, "scale": scale}


BUILT_IN_PROBLEM: dict[str, Any] = {"name": "SinglePixelCamera"}
BUILT_IN_RUNS = (
    Runs(_DIAGONAL, _with_scale("Constant", _LAZY_TO_RICH), _EXACT_AND_FLOW),
    Runs({"name": "Dense", "hidden": 1}, _with_scale("Chain", _LAZY_TO_RICH), _EXACT_AND_FLOW),
    Runs(_DIAGONAL, _with_scale("Constant", _TO_TENTH), _DESCENT),
    Runs({"name": "Dense", "hidden": 1}, _with_scale("Chain", _TO_TENTH), _DESCENT),
)


class Configuration(ConfigurationTable, frozen=True):
    """A whole study; whatever is left out is the single-pixel camera's.

    Attributes:
        name: of the study and of the folder it is written to.
        tol: the residual at which training stops.
        seed: of all that is drawn, where there is one seed for all; a list makes it an axis.
        seeds: the axis "seed", by their number; instead of `seed`.
        problem: `name` of a problem and its fields; or `path` of the user's own system, with `right_hand_side`,
            `matrix`, `vector` and `index` as `ridgeless.systems.read_system` takes them.
        runs: what is trained, from where and how.
        zip: axes of the problem, and "seed", that go together instead of being crossed.
        measures: names of `ridgeless list measures`; None for those that are measured by default.
        keep: what is kept beside the measures: "x", "theta", "picture", "loss_history", "l1_norm_history",
            "l2_norm_history", "sharpness_history".
        history: the times or steps at which histories are kept: an axis.
        batch: how many trainings run as one program.
    """

    name: str = "single-pixel-camera"
    tol: float = 1e-8
    seed: Any = 0
    seeds: Seeds | None = None
    problem: dict[str, Any] = msgspec.field(default_factory=lambda: dict(BUILT_IN_PROBLEM))
    runs: tuple[Runs, ...] = BUILT_IN_RUNS
    zip: tuple[tuple[str, ...], ...] = ()
    measures: tuple[str, ...] | None = None
    keep: tuple[str, ...] = ("x", "picture")
    history: Any = msgspec.field(default_factory=lambda: {"logspace": [1e-3, 1e5], "count": 65})
    batch: int = 256


def refuse_unknown_keys(table: Mapping[Any, Any], known: Iterable[str], place: str) -> None:
    """Raise for the first key that is not known, naming the nearest one that is."""
    keys = list(known)
    for key in table:
        if key in keys:
            continue
        nearest = closest(str(key), keys)
        hint = f"did you mean {nearest!r}? " if nearest else ""
        raise InvalidConfigurationError(
            f"configuration: {place} has the unknown key {str(key)!r}: {hint}known are {', '.join(keys) or 'none'}."
        )
