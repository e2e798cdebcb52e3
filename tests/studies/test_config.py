"""The configuration: what it accepts, what each refusal says, and that it survives being written down."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import InvalidConfigurationError, UnreadableFileError
from ridgeless.studies import Configuration, as_table, make_plan, parsed_settings, read_configuration
from ridgeless.studies.schema import Runs, Seeds

# What is wrong, and what the message must name: the place, and the nearest valid key or value.
REFUSED = {
    "unknown section": ({"run": []}, ["'run'", "did you mean 'runs'?"]),
    "unknown key of seeds": ({"seeds": {"cout": 3}}, ["[seeds]", "did you mean 'count'?"]),
    "unknown key of runs": ({"runs": [{"netwrk": "Direct"}]}, ["runs[0]", "did you mean 'network'?"]),
    "key of another kind": ({3: 4}, ["unknown key '3'", "known are name, tol"]),
    "no runs": ({"runs": []}, ["runs is empty", "[[runs]]"]),
    "one table for runs": ({"runs": {"network": "Direct"}}, ["runs: expected a list, got a table"]),
    "text for a table": ({"runs": ["Direct"]}, ["runs[0]: expected a table, got a text"]),
    "text for the problem": ({"problem": "GaussianSparse"}, ["problem: expected a table, got a text"]),
    "number for seeds": ({"seeds": 20}, ["seeds: expected a table, got a whole number"]),
    "seeds without count": ({"seeds": {"first": 3}}, ["seeds: it has no count"]),
    "count 0": ({"seeds": {"count": 0}}, ["seeds.count = 0"]),
    "count 2.5": ({"seeds": {"count": 2.5}}, ["seeds.count: expected a whole number, got a number"]),
    "count true": ({"seeds": {"count": True}}, ["seeds.count: expected a whole number, got true or false"]),
    "negative first seed": ({"seeds": {"count": 2, "first": -1}}, ["seeds.first = -1"]),
    "seed and seeds": ({"seed": 3, "seeds": {"count": 2}}, ["seed and [seeds]", "remove one"]),
    "text for a number": ({"tol": "small"}, ["tol: expected a number, got a text"]),
    "a table for a number": ({"tol": {"values": [1e-8]}}, ["tol: expected a number, got a table"]),
    "negative tol": ({"tol": -1.0}, ["tol = -1.0"]),
    "NaN for tol": ({"tol": math.nan}, ["tol = nan"]),
    "batch 0": ({"batch": 0}, ["batch = 0"]),
    "text for batch": ({"batch": "all"}, ["batch: expected a whole number, got a text"]),
    "text for measures": ({"measures": "error"}, ["measures: expected a list, got a text"]),
    "number for a measure": ({"measures": [1]}, ["measures[0]: expected a text, got a whole number"]),
    "a measure twice": ({"measures": ["error", "error"]}, ["measures has 'error' twice"]),
    "nothing of this name is kept": ({"keep": ["thta"]}, ["'thta'", "did you mean 'theta'?"]),
    "kept twice": ({"keep": ["x", "x"]}, ["keep has 'x' twice"]),
    "one group for zip": ({"zip": ["noise", "seed"]}, ["zip[0]: expected a list, got a text"]),
    "name that leaves the folder": ({"name": "../up"}, ["name = '../up'"]),
    "empty name": ({"name": ""}, ["name = ''"]),
    "number for a name": ({"name": 3}, ["name: expected a text, got a whole number"]),
    "neither file nor dict": (7, ["got a int", "pass the path of a TOML file"]),
    "a list": ([{}], ["got a list"]),
}


@pytest.mark.parametrize(("source", "named"), REFUSED.values(), ids=REFUSED)
def test_refusals_name_the_place_and_the_way_out(source, named):
    with pytest.raises(InvalidConfigurationError) as refusal:
        read_configuration(source)
    message = str(refusal.value)
    assert message.startswith("configuration: ")
    assert "\n" not in message
    assert all(text in message for text in named), message


def test_what_is_left_out_is_the_built_in_study(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('name = "short"\n[seeds]\ncount = 3\n')
    configuration = read_configuration(file)
    assert configuration == Configuration(name="short", seeds=Seeds(3))
    assert read_configuration() == read_configuration({}) == Configuration()
    assert Configuration().problem == {"name": "SinglePixelCamera"}


def test_problem_and_runs_are_replaced_as_a_whole():
    configuration = read_configuration({"problem": {"name": "GaussianSparse"}, "runs": [{"network": "Direct"}]})
    assert configuration.problem == {"name": "GaussianSparse"}
    assert configuration.runs == (Runs(network="Direct"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"seeds = [", "it is no TOML"), (b"name = '\xff'", "no UTF-8 text"), (None, "No such file")],
)
def test_unreadable_files(tmp_path, content, reason):
    file = tmp_path / "study.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        read_configuration(file)


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(UnreadableFileError, match="directory"):
        read_configuration(tmp_path)


def test_the_systems_files_lie_beside_the_configuration(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('[problem]\npath = "A.npy"\nright_hand_side = "b.npy"\n')
    problem = read_configuration(file).problem
    assert (problem["path"], problem["right_hand_side"]) == (str(tmp_path / "A.npy"), str(tmp_path / "b.npy"))


class TestSettings:
    def test_they_win_over_the_source(self, small):
        source = small(seed=1)
        settings = parsed_settings(
            ["seed=2", "problem.equations=4", "name=two words", "runs.0.init.scale=[1.0, 0.1]", "runs.0.methods.0=Adam"]
        )
        configuration = read_configuration(source, settings)
        assert (configuration.seed, configuration.name) == (2, "two words")
        assert configuration.problem == {"name": "GaussianSparse", "equations": 4, "unknowns": 10, "nonzeros": 1}
        assert configuration.runs[0].init == {"name": "Constant", "scale": [1.0, 0.1]}
        assert configuration.runs[0].methods == ["Adam"]
        assert source == small(seed=1)  # the caller's dict is left alone

    def test_they_reach_into_the_built_in_study(self):
        configuration = read_configuration(None, {"problem.side": 16, "runs.0.methods.1.max_steps": 7})
        assert configuration.problem == {"name": "SinglePixelCamera", "side": 16}
        assert configuration.runs[0].methods[1] == {"flow": "GradientFlow", "max_steps": 7}
        assert configuration.runs[1:] == Configuration().runs[1:]
        assert read_configuration() == Configuration()  # which is left alone

    @pytest.mark.parametrize("text", ["seeds.count", "=4", " = 4"])
    def test_they_need_a_key(self, text):
        with pytest.raises(InvalidConfigurationError, match="is no key=value"):
            parsed_settings([text])

    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            ("runs.init.scale", "'init' is no place in a list of 1; type a number from 0 to 0"),
            ("runs.1.network", "'1' is no place in a list of 1"),
            ("runs.0.network.depth", "network is no table"),
            ("tol.small", "tol is no table"),
        ],
    )
    def test_their_keys_lead_somewhere(self, small, key, reason):
        with pytest.raises(InvalidConfigurationError, match=reason):
            read_configuration(small(tol=1e-8), {key: 2})


class TestPython:
    def test_arrays_and_numbers_of_numpy_are_those_of_python(self, small):
        scales = np.array([1.0, 0.1])
        source = small(
            init={"name": "Constant", "scale": scales}, seed=range(2), tol=np.float64(1e-6), batch=np.int64(8)
        )
        configuration = read_configuration(source)
        assert configuration.runs[0].init["scale"] == [1.0, 0.1]
        assert configuration.seed == [0, 1]
        assert (configuration.tol, configuration.batch) == (1e-6, 8)
        assert source["runs"][0]["init"]["scale"] is scales

    def test_objects_stay_what_they_are(self, small):
        network, init = rl.networks.Power(3), rl.inits.Gaussian(0.2)
        configuration = read_configuration(small(network=network, init=init))
        assert configuration.runs[0].network is network
        assert configuration.runs[0].init is init

    def test_a_structure_is_checked_too(self):
        with pytest.raises(InvalidConfigurationError, match="tol"):
            read_configuration(Configuration(tol=-1.0))


SCALES = st.one_of(
    st.floats(1e-9, 1e3),
    st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=3, unique=True),
    st.fixed_dictionaries({"logspace": st.just([10.0, 1e-6]), "count": st.integers(1, 4)}),
    st.fixed_dictionaries({"draw": st.just("uniform"), "between": st.just([0.1, 1.0]), "count": st.integers(1, 4)}),
)
NETWORKS = st.fixed_dictionaries(
    {"name": st.sampled_from(["Difference", "Power", "Product"])},
    optional={"depth": st.lists(st.integers(2, 5), min_size=1, max_size=3, unique=True)},
)
METHODS = st.lists(
    st.sampled_from(["limit", "lazy_limit", {"flow": "Adam", "step_size": [0.1, 0.2]}]),
    min_size=1,
    max_size=3,
    unique_by=str,
)
TABLES = st.fixed_dictionaries(
    {
        "problem": st.fixed_dictionaries({"name": st.just("GaussianSparse")}, optional={"noise": st.floats(0, 1)}),
        "runs": st.lists(
            st.fixed_dictionaries(
                {
                    "network": NETWORKS,
                    "init": st.fixed_dictionaries({"name": st.just("Constant"), "scale": SCALES}),
                    "methods": METHODS,
                }
            ),
            min_size=1,
            max_size=1,
        ),
    },
    optional={
        "name": st.from_regex(r"[a-z][a-z0-9 ._-]{0,20}", fullmatch=True),
        "seeds": st.fixed_dictionaries({"count": st.integers(1, 3)}, optional={"first": st.integers(0, 9)}),
        "tol": st.floats(1e-14, 1e-2),
        "measures": st.lists(st.sampled_from(["error", "l1_norm"]), max_size=2, unique=True),
        "keep": st.lists(st.sampled_from(["x", "theta", "loss_history"]), unique=True),
    },
)


@given(TABLES)
def test_written_down_and_read_again_it_is_the_same(table):
    configuration = read_configuration(table)
    assert as_table(read_configuration(as_table(configuration))) == as_table(configuration)
    assert read_configuration(configuration) == configuration
    first, second = make_plan(configuration), make_plan(read_configuration(as_table(configuration)))
    assert first.dimensions == second.dimensions
    assert first.cells == second.cells
