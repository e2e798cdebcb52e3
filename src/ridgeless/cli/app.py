"""The command line: `ridgeless study` and what goes with it, `solve`, `explore`, `verify`, `reproduce` and `list`.

Nothing heavy is imported before a command needs it, so that `--help` comes at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter, UnknownOptionError

from ridgeless import __version__
from ridgeless._core.discovery import closest
from ridgeless.cli.arguments import whole
from ridgeless.errors import RidgelessError

_NOT_CONVERGED = 1
_CLAIM_FAILED = 1
_NOT_VERIFIED = 1
_REFUSED_INPUT = 2
_INTERRUPTED = 130
_FEW_CORES = 4

_PACKAGES = {
    "networks": "networks",
    "inits": "inits",
    "flows": "flows",
    "problems": "systems",
    "measures": "measures",
    "potentials": "potentials",
    "papers": "papers",
}

app = App(
    name="ridgeless",
    help="Which solution of an underdetermined system does training pick? Visible, exact, proved.",
    help_epilogue="Exit status: 0 fine; 1 not converged, not verified, other bits, or a claim failed; 2 input refused.",
    help_format="plaintext",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.command(
    "ridgeless.cli.solve:app",
    name="solve",
    help="Solve the system in a file: the exact limit of training a deep linear network, certified.",
)
app.command(
    "ridgeless.cli.explore:app",
    name="explore",
    help="Write a page for the browser: move the start of training, and the answer moves with it.",
)
_STUDIES = {
    "study": "Limits and trainings over any axes, with labelled results, report and figures. The same command goes on.",
    "status": "Show how far a study is, while it runs or afterwards.",
    "compare": "Show how the results of two studies differ, cell by cell.",
    "rerun": "Compute one cell of a study anew, and hold it against what is stored, bit by bit.",
    "export": "Write the results of a study to one file for other programs: .parquet, .csv or .nc.",
}
for _name, _help in _STUDIES.items():
    app.command(f"ridgeless.cli.study:{_name}", name=_name, help=_help)


@app.command
def reproduce(
    name: str | None = None,
    /,
    *,
    out: Path = Path("runs"),
    tier: Literal["seconds", "minutes", "cluster"] = "minutes",
    seeds: Annotated[int | None, Parameter(converter=whole)] = None,
    listed: Annotated[bool, Parameter(name="--list", negative=())] = False,
) -> int:
    """Compute the results of a paper anew, and hold each of its claims against the number that comes out.

    Args:
        name: one of `ridgeless list papers`.
        out: folder that runs are written to.
        tier: how long it may take: ten seconds on one core, ten minutes on two, or the paper's own sizes.
        seeds: how many random instances each statistic is taken over; left out, that of the tier.
        listed: show every paper with the verdict of its newest run in the folder, and compute nothing.

    Returns:
        0, or 1 where a claim failed; a claim that is undecided does not change it.
    """
    from ridgeless.cli import reproduction
    from ridgeless.cli.console import progress, say, show_table, written

    if listed:
        show_table(*reproduction.overview(out))
        return 0
    if name is None:
        return _refuse("reproduce: type the NAME of a paper; ridgeless reproduce --list shows them all.")
    _spare_small_machines()
    from ridgeless import papers
    from ridgeless._core.discovery import look_up
    from ridgeless._core.run_folder import refuse_unwritable, write_run
    from ridgeless.report import write_paper_report

    began = time.perf_counter()
    paper = look_up(name, papers.FOUND, "paper")()
    budget = paper.budget(tier, seeds)
    refuse_unwritable(out, paper.key)
    with progress() as display:
        sections, wall_s = reproduction.run(paper, budget, display)
    words = ["ridgeless", *sys.argv[1:]]
    folder = write_run(
        out, paper.key, lambda staging: write_paper_report(paper, sections, staging, budget, wall_s, words)
    )
    show_table(*reproduction.table(sections))
    say(*reproduction.verdict(sections), *written(folder))
    say(f"{time.perf_counter() - began:.1f} s in all")
    return _CLAIM_FAILED if reproduction.has_failed(sections) else 0


@app.command
def verify(
    path: Path,
    /,
    *,
    within: float = 1e-7,
    digits: Annotated[int, Parameter(converter=whole)] = 15,
) -> int:
    """Prove where the limit lies that a saved solution stands for, and how far its x is from it.

    Every rounding is counted: the balls hold the limit of the numbers as they are stored. Needs python-flint.

    Args:
        path: solution.npz, as `ridgeless solve` or Solution.save wrote it.
        within: what x may be away, as a part of its length.
        digits: that the balls are to have.

    Returns:
        0, or 1 where x is farther away.
    """
    _spare_small_machines()
    from ridgeless.certificates import enclose
    from ridgeless.certificates.arguments import fitting_within
    from ridgeless.cli import verify as command
    from ridgeless.cli.console import say
    from ridgeless.solution import load

    fitting_within(within, "verify")
    solution = load(path)
    found = enclose(solution, digits=digits)
    say(*command.report_lines(solution, found, within))
    return 0 if command.is_verified(solution, found, within) else _NOT_VERIFIED


@app.command(name="list")
def list_found(kind: Literal["networks", "inits", "flows", "problems", "measures", "potentials", "papers"], /) -> int:
    """Show what there is, each with one line.

    Args:
        kind: what to list.
    """
    from ridgeless._core.discovery import summary
    from ridgeless.cli.console import say

    found = import_module(f"ridgeless.{_PACKAGES[kind]}").FOUND
    width = max(map(len, found), default=0)
    say(*(f"{name:{width}}  {summary(member)}" for name, member in found.items()))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; what is refused is one line on standard error.

    Args:
        arguments: the words after `ridgeless`; those of the process by default.

    Returns:
        The exit status: 0 fine, 1 not converged, 2 refused input, 130 interrupted.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in _STUDIES:
        _spare_small_machines()
    try:
        status = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    except UnknownOptionError as error:
        return _refuse(_unknown_option(error))
    except CycloptsError as error:
        return _refuse(str(error))
    except RidgelessError as error:
        return _refuse(error.told_at_command_line())
    except ImportError as error:  # of a command that cannot be loaded, cyclopts names the module and not the reason
        if not isinstance(error.__cause__, RidgelessError):
            raise
        return _refuse(error.__cause__.told_at_command_line())
    except KeyboardInterrupt:
        return _tell("interrupted; nothing was written.", _INTERRUPTED)
    return status if isinstance(status, int) else 0


def _spare_small_machines() -> None:
    """One BLAS thread on up to four cores, unless the environment says otherwise.

    NumPy and SciPy each bring a pool of threads; on few cores the two pools stand in each other's way, and matrices
    of a few hundred rows take several times longer than with one thread. Without effect once NumPy is loaded.
    """
    if (os.cpu_count() or 1) <= _FEW_CORES:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, "1")


def _unknown_option(error: UnknownOptionError) -> str:
    """The message on an unknown option, with the nearest known one: dashes, which all options share, do not count."""
    typed = (error.token.keyword or error.token.value).partition("=")[0]
    known = [name.lstrip("-") for argument in error.argument_collection for name in argument.names if name[:2] == "--"]
    nearest = closest(typed.lstrip("-"), known)
    listed = f"Known are {', '.join(f'--{name}' for name in known)}." if known else "There are none."
    return f"Unknown option: {typed}. {f'Did you mean --{nearest}?' if nearest else listed}"


def _refuse(reason: str) -> int:
    return _tell(f"error: {reason}", _REFUSED_INPUT)


def _tell(message: str, status: int) -> int:
    from ridgeless.cli.console import complain

    complain(message)
    return status
