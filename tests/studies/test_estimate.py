"""The cost of a study before it is run."""

import numpy as np

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
    assert found.memory_bytes > 0


def test_the_speed_of_this_machine_is_a_number():
    assert 1e6 < estimate_module._operations_per_second() < 1e15
