"""The plan: which dimensions a configuration has, which cells, and in which company they are computed."""

import itertools
import math
import tomllib
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import InvalidConfigurationError
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.plan import _names
from ridgeless.studies.strands import Axis

SCALE_AND_DEPTH = """
name = "scale-and-depth"
[problem]
name = "GaussianSparse"
equations = 40
unknowns = 200
nonzeros = 5
noise = [0.0, 0.1]
[seeds]
count = 20
[[runs]]
network = { name = "Difference", depth = [2, 3] }
init = { name = "Constant", scale = { logspace = [10.0, 1e-6], count = 7 } }
methods = ["limit", { flow = "GradientDescent", step_size = [0.01, 0.1] }, { flow = "Adam" }]
"""


def planned(configuration, **keys):
    return make_plan(read_configuration({**configuration, **keys}))


def labels(plan, name):
    return next(dimension.labels for dimension in plan.dimensions if dimension.name == name)


def further(plan, name):
    return dict(next(dimension.further for dimension in plan.dimensions if dimension.name == name))


class TestDimensions:
    def test_those_of_the_documented_file(self):
        plan = planned(tomllib.loads(SCALE_AND_DEPTH))
        assert plan.names == ("noise", "seed", "depth", "scale", "method")
        assert plan.shape == (2, 20, 2, 7, 4)
        assert labels(plan, "noise") == (0.0, 0.1)
        assert labels(plan, "seed") == tuple(range(20))
        assert labels(plan, "depth") == (2, 3)
        assert labels(plan, "scale")[0] == 10.0
        assert labels(plan, "scale")[-1] == 1e-6
        assert labels(plan, "method") == (
            "limit",
            "GradientDescent step_size=0.01",
            "GradientDescent step_size=0.1",
            "Adam",
        )
        assert further(plan, "method") == {"step_size": (None, 0.01, 0.1, None)}
        assert len(plan.cells) == 2 * 20 * 2 * 7 * 4

    def test_of_the_built_in_study(self):
        plan = make_plan(read_configuration())
        assert plan.names == ("network", "scale", "method")
        assert labels(plan, "network") == ("Direct", "Difference depth=2", "Difference depth=3", "Dense hidden=1")
        assert labels(plan, "method") == ("limit", "GradientFlow", "GradientDescent")
        # Gradient descent from starts below 0.1, of which there are five, is not asked for.
        assert len(plan.cells) == 4 * 10 * 2 + 4 * 5

    def test_a_study_of_one_cell_has_the_dimension_method(self, small):
        plan = planned(small())
        assert (plan.names, plan.shape) == (("method",), (1,))

    def test_an_axis_that_not_all_networks_have_is_in_their_labels(self, small):
        network = ["Direct", {"name": "Difference", "depth": [2, 3]}]
        plan = planned(small(network=network, init={"name": "Constant", "scale": [1.0, 0.1]}))
        assert plan.names == ("network", "scale", "method")
        assert labels(plan, "network") == ("Direct", "Difference depth=2", "Difference depth=3")
        assert further(plan, "network") == {"depth": (None, 2, 3)}

    def test_an_axis_that_all_networks_have_is_a_dimension(self, small):
        network = [{"name": "Difference", "depth": [2, 3]}, {"name": "Power", "depth": [3, 4]}]
        plan = planned(small(network=network))
        assert plan.names == ("network", "depth", "method")
        assert labels(plan, "depth") == (2, 3, 4)
        # Difference is not asked for at depth 4, nor Power at 2.
        assert len(plan.cells) == 4

    def test_several_inits_of_one_network_are_a_dimension(self, small):
        init = [{"name": "Constant", "scale": [1.0, 0.1]}, {"name": "Gaussian", "scale": [1.0, 0.1]}]
        plan = planned(small(init=init))
        assert plan.names == ("init", "scale", "method")
        assert labels(plan, "init") == ("Constant", "Gaussian")

    def test_several_runs(self, small):
        first = small(network="Direct", methods=["limit"])
        second = small(network="Difference", methods=["limit", "lazy_limit"])
        plan = planned({**first, "runs": first["runs"] + second["runs"]})
        assert (labels(plan, "network"), labels(plan, "method")) == (("Direct", "Difference"), ("limit", "lazy_limit"))
        assert sorted(plan.cells) == [(0, 0), (1, 0), (1, 1)]

    def test_the_same_asked_for_twice_is_one_cell(self, small):
        once = small()
        assert len(planned({**once, "runs": once["runs"] * 2}).cells) == 1

    def test_two_fields_of_one_name_have_their_sections_before_it(self):
        axes = [Axis(("network.depth",), ((2,), (3,))), Axis(("init.depth",), ((1,), (2,)))]
        assert _names(axes) == {"network.depth": "network_depth", "init.depth": "init_depth"}
        # Nor is an axis called what an array of the results is.
        assert _names([Axis(("init.weight",), ((1,),))]) == {"init.weight": "init_weight"}

    def test_a_zip_makes_one_dimension_of_two_axes(self, small):
        network, init = {"name": "Difference", "depth": [2, 3]}, {"name": "Constant", "scale": [1.0, 0.1]}
        plan = planned(small(network=network, init=init, zip_=[["network.depth", "scale"]]))
        assert (plan.names, plan.shape) == (("depth", "method"), (2, 1))
        assert further(plan, "depth") == {"scale": (1.0, 0.1)}
        made = [(dict(cell.network.fields)["depth"], dict(cell.init.fields)["scale"]) for cell in plan.cells.values()]
        assert made == [(2, 1.0), (3, 0.1)]

    def test_a_zip_of_problem_and_seed(self, small):
        plan = planned(small({"noise": [0.0, 0.1], "equations": [4, 5]}, seed=[7, 8], zip=[["noise", "seed"]]))
        assert plan.names == ("equations", "noise", "method")
        assert further(plan, "noise") == {"seed": (7, 8)}
        assert {(dict(cell.problem.fields)["noise"], cell.seed) for cell in plan.cells.values()} == {(0.0, 7), (0.1, 8)}

    def test_drawn_axes(self, small):
        scale = {"draw": "loguniform", "between": [1e-3, 1.0], "count": 4}
        plan = planned(small(init={"name": "Constant", "scale": scale}))
        assert plan.shape == (4, 1)
        assert labels(plan, "scale") == labels(planned(small(init={"name": "Constant", "scale": scale})), "scale")

    def test_a_field_that_is_a_list_itself_is_swept_as_a_list_of_lists(self, small):
        network = {"name": "Dense", "hidden": 2, "width": [[2, 3], 4]}
        plan = planned(small(network=network, init={"name": "Gaussian", "scale": 0.1}))
        assert labels(plan, "width") == ((2, 3), 4)


class TestMethods:
    def labels(self, small, *methods):
        return labels(planned(small(methods=list(methods))), "method")

    def test_a_fixed_field_is_not_in_the_label(self, small):
        assert self.labels(small, {"flow": "Adam", "max_steps": 7}) == ("Adam",)

    def test_unless_two_methods_differ_in_it(self, small):
        found = self.labels(small, {"flow": "Adam", "max_steps": 7}, {"flow": "Adam", "max_steps": 8})
        assert found == ("Adam max_steps=7", "Adam max_steps=8")

    def test_swept_fields_are_crossed(self, small):
        found = self.labels(small, {"flow": "GradientDescent", "step_size": [0.1, 0.2], "momentum": [0.0, 0.9]})
        assert found == tuple(
            f"GradientDescent step_size={step} momentum={momentum}" for step in (0.1, 0.2) for momentum in (0, 0.9)
        )

    def test_numbers_that_six_digits_do_not_tell_apart(self, small):
        found = self.labels(small, {"flow": "GradientDescent", "step_size": [0.12345671, 0.12345672]})
        assert found == ("GradientDescent step_size=0.12345671", "GradientDescent step_size=0.12345672")

    def test_flows_as_objects(self, small):
        found = self.labels(small, rl.flows.Adam(), rl.flows.Adam(step_size=0.3), "limit")
        assert found == ("Adam", "Adam step_size=0.3", "limit")


# What is wrong, and what the message must name.
REFUSED = {
    "unknown network": ({"network": "Diference"}, ["network.name", "did you mean 'Difference'?"]),
    "unknown init": ({"init": {"name": "Constnt"}}, ["init.name", "did you mean 'Constant'?"]),
    "unknown method": ({"methods": ["limt"]}, ["methods", "did you mean 'limit'?"]),
    "unknown flow": ({"methods": [{"flow": "Adm"}]}, ["methods", "did you mean 'Adam'?"]),
    "unknown problem": ({"problem": {"name": "GausianSparse"}}, ["problem.name", "did you mean 'GaussianSparse'?"]),
    "unknown field of a network": ({"network": {"name": "Difference", "dept": 2}}, ["did you mean 'depth'?"]),
    "unknown field of an init": ({"init": {"name": "Imbalanced", "shap": 1}}, ["did you mean 'shape'?"]),
    "unknown field of a flow": ({"methods": [{"flow": "Adam", "stepsize": 1}]}, ["did you mean 'step_size'?"]),
    "unknown field of a problem": ({"problem": {"equation": 1}}, ["[problem]", "did you mean 'equations'?"]),
    "a field of none": ({"network": {"name": "Direct", "depth": 2}}, ["network Direct", "known are none"]),
    "depth 0": ({"network": {"name": "Difference", "depth": 0}}, ["network Difference", "depth = 0"]),
    "depth 2.5": ({"network": {"name": "Difference", "depth": [2, 2.5]}}, ["depth = 2.5"]),
    "depth as a table": ({"network": {"name": "Difference", "depth": {"a": 2}}}, ["network.depth is {'a': 2}"]),
    "a misspelt form": (
        {"init": {"name": "Constant", "scale": {"linspce": [1, 2], "count": 3}}},
        ["init.scale", "did you mean 'linspace'?"],
    ),
    "a table among values": ({"init": {"name": "Constant", "scale": [{"a": 1}]}}, ["init.scale is {'a': 1}"]),
    "a set of values": ({"init": {"name": "Constant", "scale": {0.1, 0.2}}}, ["init.scale", "a list"]),
    "a step as a table": ({"methods": [{"flow": "Adam", "step_size": {"a": 1}}]}, ["method.step_size is {'a': 1}"]),
    "negative scale": ({"init": {"name": "Constant", "scale": [1, -1]}}, ["init Constant", "scale = -1"]),
    "negative step": ({"methods": [{"flow": "Adam", "step_size": -1}]}, ["flow Adam", "step_size = -1"]),
    "negative noise": ({"problem": {"noise": [0.0, -1.0]}}, ["[problem]", "noise = -1"]),
    "text for a number": ({"problem": {"equations": "many"}}, ["[problem]", "equations = 'many'"]),
    "no scale": ({"init": "Constant"}, ["init Constant", "needs scale"]),
    "a table without name": ({"network": {"depth": 2}}, ["runs[0].network has no name", 'name = "…"']),
    "a table without flow": ({"methods": ["limit", {"name": "Adam"}]}, ["runs[0].methods[1] has no flow"]),
    "number for a network": ({"network": ["Direct", 4]}, ["runs[0].network[1] is 4", "type a name"]),
    "number for an init": ({"init": 4}, ["runs[0].init is 4"]),
    "number for a method": ({"methods": [4]}, ["runs[0].methods[0] is 4"]),
    "a class for a network": ({"network": rl.networks.Difference}, ["runs[0].network is <class"]),
    "no network": ({"network": []}, ["runs[0].network is an empty list"]),
    "no method": ({"methods": []}, ["runs[0].methods is empty"]),
    "a limit with fields": ({"methods": [{"flow": "limit", "tol": 1}]}, ["limit takes no fields"]),
    "text for a seed": ({"seed": ["a"]}, ["seed = 'a'"]),
    "half a seed": ({"seed": 1.5}, ["seed = 1.5"]),
    "negative seed": ({"seed": [0, -1]}, ["seed = -1"]),
    "no seed": ({"seed": []}, ["seed is an empty list"]),
    "true for a seed": ({"seed": True}, ["seed = True"]),
    "a zip with what is no axis": ({"zip": [["noise", "seed"]]}, ["zip: 'noise' is no axis", "axes here are none"]),
    "a zip of one": ({"seed": [0, 1], "zip": [["seed"]]}, ["zip has the group ['seed']", "two axes"]),
    "a zip of an axis with itself": ({"seed": [0, 1], "zip": [["seed", "seed"]]}, ["two axes"]),
    "a zip of nothing": ({"zip": [[]]}, ["zip has the group []"]),
    "a zip of different lengths": (
        {"problem": {"noise": [0.0, 0.1]}, "seeds": {"count": 3}, "zip": [["noise", "seed"]]},
        ["noise has 2, seed has 3"],
    ),
    "a zip in runs": ({"zip_": [["depth", "scale"]]}, ["runs[0].zip: 'depth' is no axis"]),
    "more cells than a machine holds": (
        {"seeds": {"count": 10_001}, "init": {"name": "Constant", "scale": {"linspace": [1.0, 2.0], "count": 1000}}},
        ["10001000 cells", "10001 seed × 1000 scale × 1 method"],
    ),
}


@pytest.mark.parametrize(("keys", "named"), REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("as_a_user")
def test_refusals_name_the_place_and_the_way_out(small, keys, named):
    with pytest.raises(InvalidConfigurationError) as refusal:
        planned(small(**keys))
    message = str(refusal.value)
    assert message.startswith("configuration: ")
    assert "\n" not in message
    assert all(text in message for text in named), message


def test_inits_that_differ_in_what_no_label_shows_are_refused(small):
    first = small(network="Direct", init={"name": "Constant", "scale": [1.0, 2.0]})
    second = small(network="Difference", init=rl.inits.Weights({"u": 1.0, "v": 2.0}))
    third = small(network="Difference", init=rl.inits.Weights({"u": 1.0, "v": 3.0}))
    with pytest.raises(InvalidConfigurationError, match="two runs ask for Difference from Weights"):
        planned({**first, "runs": [*second["runs"], *third["runs"]]})


def test_a_problem_is_drawn_or_read(small):
    for problem, text in [
        ({"name": "GaussianSparse", "path": "A.npz"}, "a name and a path; remove one"),
        ({"right_hand_side": "b.npy"}, "neither name nor path"),
        ({"path": "A.npz", "noise": 0.1}, "unknown key 'noise'"),
    ]:
        with pytest.raises(InvalidConfigurationError, match=text):
            planned({**small(), "problem": problem})


AXES = st.fixed_dictionaries(
    {},
    optional={
        "noise": st.integers(1, 3),
        "seed": st.integers(1, 4),
        "depth": st.integers(1, 3),
        "scale": st.integers(1, 4),
        "methods": st.integers(1, 3),
    },
)


class TestGrid:
    @given(AXES, st.integers(1, 30))
    def test_crossed_axes_have_the_product_of_cells_and_every_cell_has_one_task(self, small, lengths, batch):
        numbers = {name: [0.5 + k for k in range(length)] for name, length in lengths.items()}
        network = {"name": "Difference", "depth": [2 + k for k in range(lengths.get("depth", 0))] or 2}
        init = {"name": "Constant", "scale": numbers.get("scale", 1.0)}
        flow = {"flow": "GradientDescent", "step_size": numbers.get("methods", 0.1)}
        seed = list(range(lengths.get("seed", 0))) or 0
        plan = planned(
            small({"noise": numbers.get("noise", 0.0)}, network=network, init=init, methods=[flow], seed=seed),
            batch=batch,
        )
        assert len(plan.cells) == math.prod(lengths.values()) == math.prod(plan.shape)
        assert set(plan.cells) == set(itertools.product(*map(range, plan.shape)))
        assert len(set(plan.cells.values())) == len(plan.cells)
        tasks = list(plan.tasks())
        assert sorted(cell.at for cells in tasks for cell in cells) == sorted(plan.cells)
        assert math.prod(plan.chunks) <= batch
        for cells in tasks:
            assert len(cells) <= batch
            assert len({(cell.network, cell.method) for cell in cells}) == 1

    @given(st.integers(2, 5))
    def test_zipped_axes_have_as_many_cells_as_values(self, small, length):
        network = {"name": "Difference", "depth": [2 + k for k in range(length)]}
        init = {"name": "Constant", "scale": [1.0 + k for k in range(length)]}
        plan = planned(small(network=network, init=init, zip_=[["depth", "scale"]]))
        assert len(plan.cells) == length

    def test_limits_come_before_the_trainings_that_are_measured_against_them(self, small):
        plan = planned(small(methods=["Adam", "limit"], seed=[0, 1]))
        places = {cell.at: number for number, cells in enumerate(plan.tasks()) for cell in cells}
        assert plan.at_limit(plan.cells[0, 0]) == (0, 1)
        assert plan.at_limit(plan.cells[0, 1]) is None
        assert set(places) == set(plan.cells)
        assert planned(small(methods=["Adam"])).at_limit(plan.cells[0, 0]) is None


class TestFunctions:
    """Functions of the user's own, with one layout."""

    LAYOUT: ClassVar = {"w": (10,)}

    @staticmethod
    def squared(theta):
        return theta["w"] ** 2

    @staticmethod
    def doubled(theta):
        return 2 * theta["w"]

    def asked(self, small, *networks):
        return small(network=list(networks), init={"name": "Gaussian", "scale": 0.1}, methods=["lazy_limit"])

    def test_two_of_one_layout_are_told_apart_by_their_names(self, small):
        networks = [rl.networks.Function(apply, self.LAYOUT) for apply in (self.squared, self.doubled)]
        dataset = rl.study(self.asked(small, *networks))
        assert dataset.network.values.tolist() == ["Function name=squared", "Function name=doubled"]
        assert len(set(dataset.address.values.ravel())) == 2

    def test_of_one_name_they_are_refused_until_they_have_names(self, small):
        def scaled(factor):
            def apply(theta):
                return factor * theta["w"]

            return apply

        networks = [rl.networks.Function(scaled(factor), self.LAYOUT) for factor in (1.0, 2.0)]
        with pytest.raises(InvalidConfigurationError, match=r"two functions are called 'apply'; .*name="):
            rl.study(self.asked(small, *networks))
        named = [rl.networks.Function(scaled(factor), self.LAYOUT, name=f"times {factor:g}") for factor in (1.0, 2.0)]
        assert rl.study(self.asked(small, *named)).network.values.tolist() == [
            "Function name=times 1",
            "Function name=times 2",
        ]

    def test_the_same_one_twice_is_one(self, small):
        network = rl.networks.Function(self.squared, self.LAYOUT)
        with pytest.raises(InvalidConfigurationError, match="twice"):
            rl.study(self.asked(small, network, network))

    @pytest.mark.usefixtures("as_a_user")
    def test_a_name_that_is_no_text_is_refused(self):
        with pytest.raises(rl.errors.InvalidInputError, match="name is 3; type a text"):
            rl.networks.Function(self.squared, self.LAYOUT, name=3)
