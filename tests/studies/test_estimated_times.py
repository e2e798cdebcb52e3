"""What a dry run says a study will cost, against what it costs."""

import json
import subprocess
import sys

import pytest

from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.estimate import estimate

PROBLEM = {"name": "GaussianSparse", "equations": 40, "unknowns": 200, "nonzeros": 3}
NETWORK = {"name": "Difference", "depth": [2, 3]}
INIT = {"name": "Constant", "scale": {"logspace": [1.0, 1e-6], "count": 7}}


def configured(methods, network=NETWORK, seeds=3):
    runs = {"network": network, "init": INIT, "methods": methods}
    return {"problem": PROBLEM, "seeds": {"count": seeds}, "runs": [runs]}


def estimated(methods, **options):
    return estimate(make_layout(make_plan(read_configuration(configured(methods, **options)))))


# Processor seconds, in a process of its own: other work on the machine, and the type checks of this session, do not
# count.
MEASURE = """
import json, sys, time
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.estimate import estimate
from ridgeless.studies.executors import executor
from ridgeless.studies.run import compute_missing
from ridgeless.studies.store import memory_store

layout = make_layout(make_plan(read_configuration(json.loads(sys.argv[1]))))
told = sum(group.seconds for group in estimate(layout).groups)
with memory_store(layout) as store, executor(None, None) as where:
    began = time.process_time()
    compute_missing(store, where)
    print(json.dumps([told, time.process_time() - began]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "methods",
    [
        ["limit"],
        [{"flow": "GradientDescent", "max_steps": 2_000}],
        ["limit", {"flow": "Adam", "max_steps": 500}],
    ],
    ids=["limits", "descent", "limits and Adam"],
)
def test_an_estimate_is_right_within_a_factor_of_four(methods):
    command = [sys.executable, "-c", MEASURE, json.dumps(configured(methods))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told, taken = json.loads(done.stdout)
    assert taken / 4 < told < 4 * taken


def test_cells_and_tasks_are_counted_by_network_and_method():
    found = estimated(["limit", "Adam"])
    assert (found.cells, found.grid) == (84, 84)
    assert found.dimensions == {"seed": 3, "depth": 2, "scale": 7, "method": 2}
    assert sorted(group.label for group in found.groups) == [
        "Difference depth=2: Adam",
        "Difference depth=2: limit",
        "Difference depth=3: Adam",
        "Difference depth=3: limit",
    ]
    assert {(group.cells, group.programs) for group in found.groups} == {(21, 1)}


def test_more_work_costs_more():
    def seconds(**options):
        steps = options.pop("steps", 1_000)
        found = estimated([{"flow": "GradientDescent", "max_steps": steps}], **options)
        return sum(group.seconds for group in found.groups)

    assert seconds(steps=1_000_000) > 10 * seconds()
    assert seconds(seeds=30) > 2 * seconds()
    wide = {"name": "Dense", "hidden": 1, "width": 1_000}
    assert seconds(network=wide, steps=10_000) > 2 * seconds(network="Difference", steps=10_000)
