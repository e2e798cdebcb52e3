"""Choices: names, tables and objects of a configuration, and what is made of them."""

import dataclasses
import json

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidConfigurationError
from ridgeless.studies.choices import (
    Choice,
    chosen,
    constructed,
    flow_of,
    init_of,
    network_of,
    problem_of,
    shortest,
    system_of,
)


def test_a_name_a_table_and_an_object():
    made = rl.networks.Difference(3)
    for entry in ("Difference", {"name": "Difference", "depth": 3}, made):
        choice = chosen(entry, "runs[0].network", rl.networks.Network)
        assert choice.name == "Difference"
        assert network_of(choice) == rl.networks.Difference(2 if entry == "Difference" else 3)
    assert network_of(chosen(made, "", rl.networks.Network)) == made


def test_objects_without_a_hash_are_choices_too():
    first, same, other = (rl.inits.Weights({"u": value, "v": np.ones(3)}) for value in (1.0, 1.0, 2.0))
    choices = [chosen(each, "", rl.inits.Init) for each in (first, same, other)]
    assert choices[0] == choices[1] != choices[2]
    assert hash(choices[0]) == hash(choices[1])
    assert init_of(choices[0]).theta["u"] == 1.0
    assert init_of(choices[2]).theta["u"] == 2.0


def test_labels_tell_what_was_given():
    assert Choice("Difference", (("depth", 2), ("width", (3, 4)))).label() == "Difference depth=2 width=(3, 4)"
    assert Choice("Constant", (("scale", 1e-4),)).label() == "Constant scale=0.0001"
    assert Choice("Constant", (("scale", 1e-4),)).label(frozenset({"scale"})) == "Constant"
    assert Choice.of_object(rl.networks.Difference(3)).label() == "Difference depth=3"
    assert Choice.of_object(rl.networks.Difference()).label() == "Difference"
    assert Choice.of_object(rl.inits.Weights({"u": np.ones(9)})).label() == "Weights"


@pytest.mark.parametrize("value", [0.1, 1e-4, 123456.7, 0.1234567, 1e300, float("inf")])
def test_the_shortest_text_of_a_number_tells_it_from_every_other(value):
    assert float(shortest(value)) == value
    assert shortest(np.nextafter(value, 0)) != shortest(value)


def test_tokens_are_equal_for_equal_numbers():
    def token(value):
        return json.dumps(Choice("Constant", (("scale", value),)).token())

    assert token(1) == token(1.0) != token(True)
    assert token(0.1) != token(np.nextafter(0.1, 1))
    assert Choice.of_object(rl.inits.Constant(1.0)).token() != Choice.of_object(rl.inits.Constant(2.0)).token()


def test_a_flow_draws_from_the_seed_of_its_cell():
    assert flow_of(Choice("StochasticGradientDescent"), 7).seed == 7
    assert flow_of(Choice("StochasticGradientDescent", (("seed", 3),)), 7).seed == 3
    made = rl.flows.StochasticGradientDescent(seed=5)
    assert flow_of(Choice.of_object(made), 7) is made


def test_systems_are_drawn_or_read(tmp_path):
    drawn = system_of(Choice("GaussianSparse", (("equations", 4), ("unknowns", 9), ("nonzeros", 1))), 3)
    assert np.array_equal(drawn.A, rl.systems.GaussianSparse(4, 9, 1).system(3).A)
    file = tmp_path / "own.csv"
    file.write_text("1,2,0,2\n3,1,1,3\n")
    choice = Choice("file", (("path", str(file)),))
    assert problem_of(choice) is None
    assert system_of(choice, 3).shape == (2, 3)


@dataclasses.dataclass(frozen=True)
class Plain:
    first: int
    second: tuple = ()


def test_construction_freezes_lists():
    assert constructed(Plain, {"first": 1, "second": [[1], 2]}, "here") == Plain(1, ((1,), 2))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [({"frst": 1}, "did you mean 'first'?"), ({}, "here: Plain needs first")],
)
def test_construction_names_what_is_wrong(parameters, text):
    with pytest.raises(InvalidConfigurationError, match="here") as refusal:
        constructed(Plain, parameters, "here")
    assert text in str(refusal.value)


def test_a_flow_in_a_flow_and_a_network_in_a_network(small):
    noisy = {"flow": "LabelNoise", "noise": [0.1, 0.2], "by": {"flow": "Adam", "step_size": 0.01, "max_steps": 5}}
    lazy = {"name": "Lazy", "network": {"name": "Difference", "depth": 2}, "alpha": 3.0}
    found = rl.study(small(network=[lazy, "Product"], methods=[noisy]))
    assert found.method.values.tolist() == ["LabelNoise noise=0.1", "LabelNoise noise=0.2"]
    assert found.network.values.tolist() == ["Lazy network=(Difference depth=2) alpha=3", "Product"]
    assert (found.steps == 5).all()


def test_a_flow_in_a_flow_that_does_not_exist(small):
    noisy = {"flow": "LabelNoise", "noise": 0.1, "by": {"flow": "Adm"}}
    with pytest.raises(InvalidConfigurationError, match=r"LabelNoise\.by: .*did you mean 'Adam'\?"):
        rl.study(small(methods=[noisy]))
