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
from ridgeless.studies.strands import field_axes


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


def test_a_table_of_weights_is_a_value_and_no_axis():
    theta = {"W": [[[0.5, 1], [0.1, 0.3]]], "w": [0.1, 0.3]}
    same, other = {"w": [0.1, 0.3], "W": [[[0.5, 1.0], [0.1, 0.3]]]}, {**theta, "w": [0.1, 0.4]}
    choices = [
        field_axes(chosen({"name": "Weights", "theta": each}, "", rl.inits.Init), "init") for each in (theta, other)
    ]
    (choice, axes), (different, _) = choices
    assert axes == []
    assert choice.label() == "Weights theta={W,w}"
    assert init_of(choice).theta == same
    assert choice != different
    assert choice.token() != different.token()
    assert choice == field_axes(chosen({"name": "Weights", "theta": theta}, "", rl.inits.Init), "init")[0]
    made = init_of(choice)(rl.networks.Dense(hidden=1, width=2), rl.LinearSystem([[1.0, 2.0]], [3.0]))
    np.testing.assert_array_equal(made["W"][0], theta["W"][0])


@pytest.mark.parametrize("wrong", ["one", True, None, [1.0, "two"], {"u": 1.0}, [[1.0], [None]]])
def test_what_is_no_number_in_a_table_of_weights_is_refused(wrong):
    entry = {"name": "Weights", "theta": {"u": [0.1, 0.2], "v": wrong}}
    with pytest.raises(InvalidConfigurationError, match=r"init\.theta\.v holds .*type numbers, or lists of numbers"):
        field_axes(chosen(entry, "", rl.inits.Init), "init")


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


class TestAxesInsideOfInnerTables:
    """A list in a flow in a flow, or in a network in a network, is an axis as it is outside."""

    STEPS = (0.01, 0.02)

    def test_a_flow_in_a_flow(self, small):
        by = {"flow": "GradientDescent", "step_size": list(self.STEPS), "max_steps": 5}
        found = rl.study(small(methods=[{"flow": "LabelNoise", "noise": [0.1, 0.2], "by": by}], keep=["x"]))
        assert found.method.values.tolist() == [
            f"LabelNoise noise={noise} by.step_size={step}" for noise in (0.1, 0.2) for step in self.STEPS
        ]
        assert found.step_size.values.tolist() == [*self.STEPS, *self.STEPS]
        assert found.noise.values.tolist() == [0.1, 0.1, 0.2, 0.2]
        for label, noise, step in zip(found.method.values, found.noise.values, found.step_size.values, strict=True):
            flow = rl.flows.LabelNoise(float(noise), rl.flows.GradientDescent(step_size=float(step), max_steps=5))
            system = rl.systems.GaussianSparse(5, 10, 1).system(0)
            alone = rl.train(system, rl.networks.Difference(), rl.inits.Constant(0.1), flow)
            np.testing.assert_allclose(found.x.sel({"method": label}).squeeze(), alone.x, rtol=1e-10)

    def test_a_network_in_a_network_is_a_dimension(self, small):
        lazy = {"name": "Lazy", "network": {"name": "Difference", "depth": [2, 3]}, "alpha": 3.0}
        found = rl.study(small(network=lazy))
        assert found.status.dims == ("depth", "method")
        assert found.network == "Lazy network=Difference alpha=3"
        both = rl.study(small(network=[lazy, "Product"]))
        assert both.network.values.tolist() == [
            "Lazy network=(Difference depth=2) alpha=3",
            "Lazy network=(Difference depth=3) alpha=3",
            "Product",
        ]
        np.testing.assert_array_equal(both.depth.values, [2, 3, np.nan])

    def test_two_fields_of_one_name(self, small):
        by = {"flow": "GradientDescent", "step_size": [0.01, 0.02], "max_steps": 2}
        plain = {"flow": "GradientDescent", "step_size": [0.03], "max_steps": 2}
        found = rl.study(small(methods=[plain, {"flow": "LabelNoise", "noise": 0.1, "by": by}]))
        np.testing.assert_array_equal(found.step_size.values, [0.03, np.nan, np.nan])
        np.testing.assert_array_equal(found.by_step_size.values, [np.nan, 0.01, 0.02])

    def test_a_list_of_a_potential_is_a_vector(self, small):
        potential = {"name": "Hypentropy", "knee": [0.1] * 10, "rate": 4.0}
        found = rl.study(small(network="Direct", methods=[{"flow": "MirrorDescent", "potential": potential}]))
        assert found.sizes["method"] == 1

    def test_a_value_that_comes_twice_is_refused(self, small):
        by = {"flow": "GradientDescent", "step_size": [0.01, 0.01]}
        with pytest.raises(InvalidConfigurationError, match=r"method\.by\.step_size has 0\.01 twice"):
            rl.study(small(methods=[{"flow": "LabelNoise", "by": by}]))


def test_a_swept_field_inside_of_another_tells_its_place():
    by = Choice("Adam", (("max_steps", 5),))
    made = Choice("LabelNoise", (("by", by),)).given(**{"by.step_size": 0.01})
    assert made.field("by.step_size") == 0.01
    assert made.field("by.momentum") is None
    assert made.label() == "LabelNoise by=(Adam max_steps=5 step_size=0.01)"
    assert made.label(frozenset({"by"})) == "LabelNoise by.step_size=0.01"
    assert made.label(frozenset({"by.step_size"})) == "LabelNoise by=(Adam max_steps=5)"
    assert made.token() != Choice("LabelNoise", (("by", by),)).token()
