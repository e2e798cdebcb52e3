"""Cells: addresses that are equal for equal cells, and different in every field."""

import dataclasses

import pytest

import ridgeless as rl
from ridgeless.errors import InvalidConfigurationError
from ridgeless.measures import function_measure
from ridgeless.studies import cells as cells_module
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.cells import Cell, address
from ridgeless.studies.choices import Choice
from ridgeless.studies.dataset import make_layout

CELL = Cell(
    (0, 1),
    Choice("GaussianSparse", (("equations", 5), ("unknowns", 10), ("nonzeros", 1))),
    0,
    Choice("Difference", (("depth", 2),)),
    Choice("Constant", (("scale", 0.1),)),
    Choice("Adam", (("step_size", 0.01),)),
    1e-8,
)
RECORDED = {"measures": {"error": "Error()"}, "keep": ["x"], "history": []}
OTHERS = {
    "problem": Choice("GaussianSparse", (("equations", 6), ("unknowns", 10), ("nonzeros", 1))),
    "seed": 1,
    "network": Choice("Difference", (("depth", 3),)),
    "init": Choice("Constant", (("scale", 0.1 + 1e-16),)),
    "method": Choice("Adam", (("step_size", 0.02),)),
    "tol": 1e-9,
}


@pytest.mark.parametrize(("name", "value"), OTHERS.items(), ids=OTHERS)
def test_another_field_is_another_address(name, value):
    assert address(dataclasses.replace(CELL, **{name: value}), RECORDED) != address(CELL, RECORDED)


@pytest.mark.parametrize("name", ["network", "init", "method"])
def test_an_object_is_another_one_in_each_of_its_fields(name):
    made = {
        "network": [rl.networks.Difference(depth) for depth in (2, 3)],
        "init": [rl.inits.Constant(scale) for scale in (0.1, 0.2)],
        "method": [rl.flows.Adam(step_size=step) for step in (0.1, 0.2)],
    }[name]
    first, second = (dataclasses.replace(CELL, **{name: Choice.of_object(each)}) for each in made)
    assert address(first, RECORDED) != address(second, RECORDED)


def test_its_place_in_the_grid_is_no_part_of_the_address():
    assert address(dataclasses.replace(CELL, at=(5, 5)), RECORDED) == address(CELL, RECORDED)


@pytest.mark.parametrize("changed", [{"measures": {}}, {"keep": []}, {"history": [1.0]}], ids=str)
def test_what_is_recorded_is_a_part_of_it(changed):
    assert address(CELL, {**RECORDED, **changed}) != address(CELL, RECORDED)


def test_so_are_the_versions(monkeypatch):
    before = address(CELL, RECORDED)
    monkeypatch.setattr(cells_module, "versions", lambda: {"numpy": "0.1"})
    assert address(CELL, RECORDED) != before


def test_so_is_what_the_users_own_measure_does(small):
    def measure(factor):
        def largest(solution, system):
            return factor * solution.x.max()

        return function_measure(largest)

    def addresses(factor):
        return make_layout(make_plan(read_configuration(small())), (measure(factor),)).addresses()

    assert addresses(1.0) == addresses(1.0) != addresses(2.0)


def test_an_address_is_a_short_name_of_letters_and_digits():
    assert len(address(CELL, RECORDED)) == 32
    assert address(CELL, RECORDED).isalnum()


def test_the_label_is_in_words():
    assert CELL.label == "Difference depth=2 from Constant scale=0.1, seed 0: Adam step_size=0.01"


def test_what_cannot_be_made_is_refused():
    CELL.refuse_unusable()
    for name, text in {"problem": "problem", "network": "network", "init": "init", "method": "method"}.items():
        with pytest.raises(InvalidConfigurationError, match=f"unknown {text} 'Nothing'"):
            dataclasses.replace(CELL, **{name: Choice("Nothing")}).refuse_unusable()


def test_versions_of_what_is_not_installed(monkeypatch):
    monkeypatch.setattr(cells_module, "_DECIDING", ("numpy", "no-such-package"))
    found = cells_module.versions.__wrapped__()
    assert set(found) == {"numpy", "no-such-package"}
    assert found["no-such-package"] == "not installed"


def test_a_default_that_is_typed_is_the_same_cell(small):
    def addresses(**keys):
        found = rl.study(small(**keys))
        return found.address.values.ravel().tolist()

    assert addresses(network="Difference") == addresses(network={"name": "Difference", "depth": 2})
    assert addresses() == addresses(problem={"noise": 0.0})
    assert addresses(methods=[{"flow": "Adam", "max_steps": 3}]) == addresses(
        methods=[{"flow": "Adam", "max_steps": 3, "step_size": 1e-3}]
    )
    assert addresses() != addresses(network={"name": "Difference", "depth": 3})


def test_the_label_tells_what_is_swept_of_the_problem(small):
    plan = make_plan(read_configuration(small({"noise": [0.0, 0.1]})))
    assert [cell.label for cell in plan.cells.values()] == [
        f"Difference from Constant scale=0.1, noise={noise}, seed 0: limit" for noise in ("0", "0.1")
    ]
