"""`ridgeless solve`: the user's own system, from file to file. Loaded when it is asked for."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import App, Parameter

from ridgeless import inits, networks
from ridgeless._core.arrays import positive_number
from ridgeless._core.discovery import look_up
from ridgeless._core.run_folder import refuse_unwritable, write_run
from ridgeless.certificates import Certificate, certify
from ridgeless.cli.arguments import whole
from ridgeless.cli.console import limit_progress, say, show_table, written
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Constant, Init
from ridgeless.networks import Network
from ridgeless.solution import Solution
from ridgeless.systems.files import CONVENTIONS, read_and_tell
from ridgeless.verbs.solve import solve as solved

_SHOWN = 10

_FORMATS = "\n\n".join(f"{extension}: {convention}" for extension, convention in CONVENTIONS.items())
app = App(
    name="solve",
    help_format="plaintext",
    help_epilogue=f"Where A and b are found in each format:\n\n{_FORMATS}",
)


@app.default
def solve(
    path: Path,
    b_path: Path | None = None,
    /,
    *,
    matrix: str | None = None,
    vector: str | None = None,
    index: str | None = None,
    network: Annotated[str, Parameter(name="--network")] = "Difference",
    depth: Annotated[int | None, Parameter(converter=whole)] = None,
    hidden: Annotated[int | None, Parameter(converter=whole)] = None,
    init: Annotated[str, Parameter(name="--init")] = "Constant",
    scale: float | None = None,
    shape: float | None = None,
    ratio: float | None = None,
    tol: float = 1e-10,
    out: Path = Path("runs"),
    checkpoint: Path | None = None,
) -> int:
    """Solve the system in a file: the exact limit of training a deep linear network, certified.

    Prints a summary of x and the certificate, and writes solution.npz and x.csv to a new folder of --out that has
    the name of the file.

    Args:
        path: file with A, and with b where there is no second file.
        b_path: file with b.
        matrix: name of A in its file.
        vector: name of b in its file; of a table, the name of its column, or its number, counted from 0.
        index: of a table: name or number of the column that names its rows; "none" where no column does.
        network: one of `ridgeless list networks`.
        depth: of the network.
        hidden: matrices of --network Dense.
        init: where the weights start, one of `ridgeless list inits`.
        scale: of the start; small finds sparse solutions, large the least-norm one. Without it, every weight starts
            at 1e-4 in the units of the data.
        shape: of --init Imbalanced, from 0 (balanced) to below 1.
        ratio: of --init Chain, the size of every later layer in units of the first.
        tol: on the residual ‖Ax − b‖/‖b‖.
        out: folder that runs are written to.
        checkpoint: file that keeps the state of a large system's limit; the same command goes on from it after a kill.

    Returns:
        0, or 1 where the solver did not converge.
    """
    chosen = _network(network, {"depth": depth, "hidden": hidden})
    start = _start(init, {"scale": scale, "shape": shape, "ratio": ratio})
    positive_number(tol, "solve", "tol")
    system, told = read_and_tell(path, b_path, matrix, vector, index)
    refuse_unwritable(out, str(system.name))
    with limit_progress() as display:
        solution = solved(system, network=chosen, init=start, tol=tol, progress=display, checkpoint=checkpoint)
    certificate = certify(solution)
    folder = write_run(out, str(system.name), lambda staging: _write(solution, staging))
    if told:
        say(f"read {path.name}: {told}")
    _tell(solution, certificate)
    say(*written(folder))
    return 0 if solution.success else 1


def _network(name: str, options: dict[str, int | None]) -> Network:
    kind = look_up(name, networks.FOUND, "network")
    given = {option: value for option, value in options.items() if value is not None}
    _refuse_others(name, kind, given)
    return kind(**given)


def _start(name: str, options: dict[str, float | None]) -> Init | None:
    """The init of this name with the options given, or None for the start that `rl.solve` chooses."""
    kind = look_up(name, inits.FOUND, "init")
    given = {option: value for option, value in options.items() if value is not None}
    if kind is Constant and not given:
        return None
    _refuse_others(name, kind, given)
    absent = [field for field in _required(kind) if field not in given]
    if any(field not in options for field in absent):
        raise InvalidInputError(
            f"solve: {name} needs {', '.join(absent)}, which the command line has no words for; type another --init."
        )
    if absent:
        needed = " and ".join(f"--{field} NUMBER" for field in absent)
        raise InvalidInputError(f"solve: {name} needs {' and '.join(absent)}; add {needed}.")
    return kind(**given)


def _refuse_others(name: str, kind: type[Any], given: dict[str, Any]) -> None:
    fields = {field.name for field in dataclasses.fields(kind)}
    for option in given:
        if option not in fields:
            raise InvalidInputError(f"solve: {name} has no {option}; leave --{option} out.")


def _required(kind: type[Any]) -> list[str]:
    """Names of the fields without a default."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return [field.name for field in fields if field.default is missing and field.default_factory is missing]


def _write(solution: Solution, folder: Path) -> None:
    solution.save(folder / "solution.npz")
    header, rows = ["coordinate", "x"], [[i, f"{x:.17g}"] for i, x in enumerate(solution.x)]
    if solution.names is not None:
        header = ["coordinate", "name", "x"]
        rows = [[i, name, x] for (i, x), name in zip(rows, solution.names, strict=True)]
    with (folder / "x.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _tell(solution: Solution, certificate: Certificate) -> None:
    system, told = solution.system, solution.provenance["configuration"]
    size = np.abs(solution.x)
    largest = np.argsort(-size, kind="stable")[:_SHOWN]
    say(
        f"{system!r}",
        f"{told['network']} from {told['init']}",
        f"{solution.status.name}: {solution.message}",
        f"x: {len(size)} entries, ‖x‖₁ = {size.sum():.6g}, ‖x‖₂ = {np.linalg.norm(size):.6g}, "
        f"{int(np.sum(size > 1e-3 * size.max()))} above 1e-3 of the largest",
    )
    if system is not None and system.truth is not None and system.truth.any():
        error = np.linalg.norm(solution.x - system.truth) / np.linalg.norm(system.truth)
        say(f"error: ‖x − truth‖/‖truth‖ = {error:.3g}")
    names = solution.names
    columns = ["coordinate", "x"] if names is None else ["coordinate", "name", "x"]
    rows = [[str(i), *([] if names is None else [names[i]]), f"{solution.x[i]:.10g}"] for i in largest]
    show_table(f"the {len(rows)} largest entries", columns, rows)
    say(
        f"certificate: {certificate.verdict.value}; distance to the limit at most {certificate.distance:.1e} of ‖x‖, "
        f"equations met to {certificate.feasibility:.1e} of their terms: {certificate.reason}",
    )
