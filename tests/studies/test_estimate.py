"""The cost of a study before it is run."""

import re
import subprocess
import sys

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.studies import estimate as estimate_module
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.estimate import estimate


def estimated(configuration):
    return estimate(make_layout(make_plan(read_configuration(configuration))))


def test_cells_and_groups(small):
    found = estimated(
        small(
            network={"name": "Difference", "depth": [2, 3]},
            methods=["limit", {"flow": "Adam", "max_steps": 100}],
            seeds={"count": 5},
            batch=3,
        )
    )
    assert found.dimensions == {"seed": 5, "depth": 2, "method": 2}
    assert (found.cells, found.grid) == (20, 20)
    assert [(group.label, group.cells, group.programs) for group in found.groups] == [
        ("Difference depth=2: limit", 5, 2),
        ("Difference depth=3: limit", 5, 2),
        ("Difference depth=2: Adam max_steps=100", 5, 2),
        ("Difference depth=3: Adam max_steps=100", 5, 2),
    ]


def test_what_is_not_asked_for_costs_nothing(small):
    first, second = small(network="Direct"), small(methods=["limit", "lazy_limit"])
    found = estimated({**first, "runs": first["runs"] + second["runs"]})
    assert (found.cells, found.grid) == (3, 4)


def test_seconds_grow_with_steps_and_sizes(small, monkeypatch):
    monkeypatch.setattr(estimate_module, "_operations_per_second", lambda: 1e9)

    def seconds(steps, unknowns):
        methods = [{"flow": "Adam", "max_steps": steps}]
        return sum(group.seconds for group in estimated(small({"unknowns": unknowns}, methods=methods)).groups)

    # The fixed cost of a cell and of a program cancels in differences.
    assert np.isclose(seconds(3000, 10) - seconds(2000, 10), seconds(2000, 10) - seconds(1000, 10))
    assert seconds(2000, 100) - seconds(1000, 100) > 5 * (seconds(2000, 10) - seconds(1000, 10))


def test_bytes_are_those_of_the_results(small):
    configuration = small(seeds={"count": 50}, keep=["x", "loss_history"], history=list(range(1, 101)))
    found = estimated(configuration)
    names = rl.study(configuration)
    arrays = sum(names[name].nbytes for name in names.data_vars if names[name].dtype == float)
    assert 0.9 < found.stored_bytes / arrays < 1.3


def test_memory_grows_with_systems_and_with_what_runs_side_by_side(small):
    step = {"flow": "GradientDescent", "max_steps": 100}
    scales = {"name": "Constant", "scale": {"logspace": [1.0, 0.1], "count": 20}}

    def arrays(**keys):
        return estimated(small({"equations": 50, "unknowns": 1000}, methods=[step], **keys)).array_bytes

    one, matrix = arrays(), 8 * 50 * 1000
    assert arrays(init=scales) - one > 19 * matrix
    assert arrays(seeds={"count": 20}) - one > 19 * 4 * matrix
    assert arrays(seeds={"count": 20}, batch=1) - one < 19 * 4 * matrix  # the systems are kept, one training runs
    found = estimated(small(methods=[step]))
    assert found.process_bytes - found.array_bytes > 1e8  # the interpreter


# The peak of this process alone: that of resource.getrusage begins with its parent's.
_WITH_PEAK = """
import atexit, runpy
from pathlib import Path
atexit.register(lambda: print(Path("/proc/self/status").read_text()))
runpy.run_module("ridgeless", run_name="__main__", alter_sys=False)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are told in other units, or not at all")
@pytest.mark.parametrize(
    ("equations", "unknowns", "scales", "methods"),
    [
        (5, 10, 1, '["limit"]'),
        (5, 10, 1, '[{flow = "GradientDescent", max_steps = 50}]'),
        (100, 4000, 60, '[{flow = "GradientDescent", max_steps = 20}]'),
    ],
)
def test_the_memory_that_is_told_is_that_of_the_command(equations, unknowns, scales, methods, tmp_path):
    """The peak of a process that runs the study, against what `--dry-run` says of it."""
    (tmp_path / "one.toml").write_text(
        f"[problem]\nname = 'GaussianSparse'\nequations = {equations}\nunknowns = {unknowns}\nnonzeros = 1\n"
        f"[[runs]]\ninit = {{name = 'Constant', scale = {{linspace = [0.1, 0.2], count = {scales}}}}}\n"
        f"methods = {methods}\n"
    )

    def printed(*arguments):
        command = [sys.executable, "-c", _WITH_PEAK, "study", "one.toml", *arguments]
        return subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=False).stdout

    told = re.search(r"about ([\d.]+) (MB|GB) for each process as a whole", printed("--dry-run"))
    expected = float(told[1]) * {"MB": 1e6, "GB": 1e9}[told[2]]
    peak = 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", printed())[1])
    assert 1 / 1.5 < peak / expected < 1.5


def test_the_speed_of_this_machine_is_a_number():
    assert 1e6 < estimate_module._operations_per_second() < 1e15
