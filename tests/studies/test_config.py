"""The configuration: what it accepts, what each refusal says, and that it survives being written down."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.errors import InvalidConfigurationError, UnreadableFileError
from ridgeless.studies import Configuration, as_table, parsed_settings, read_configuration
from ridgeless.studies.schema import network_label

BUILT_IN = """
name = "single-pixel-camera"
seed = 0
tol = 1e-8
[system]
problem = "SinglePixelCamera"
[system.parameters]
measurements = 410
[scales]
largest = 10.0
smallest = 1e-8
count = 10
[[networks]]
name = "Direct"
[[networks]]
name = "Difference"
depth = 2
[[networks]]
name = "Difference"
depth = 3
[[networks]]
name = "Dense"
hidden = 1
start = "chain"
[flow]
run = true
max_steps = 1300
[descent]
run = true
smallest_scale = 0.1
max_steps = 4000
"""

# What is wrong, and what the message must name: the place, and the nearest valid key or value.
REFUSED = {
    "unknown section": ({"scals": {}}, ["'scals'", "did you mean 'scales'?"]),
    "unknown key of scales": ({"scales": {"larget": 1.0}}, ["[scales]", "did you mean 'largest'?"]),
    "unknown key of flow": ({"flow": {"maxsteps": 1}}, ["[flow]", "did you mean 'max_steps'?"]),
    "unknown key of descent": ({"descent": {"stepsize": 1}}, ["[descent]", "did you mean 'step_size'?"]),
    "unknown key of a problem": (
        {"system": {"parameters": {"mesurements": 4}}},
        ["[system.parameters]", "did you mean 'measurements'?"],
    ),
    "unknown key of a network": (
        {"networks": [{"name": "Difference", "dept": 2}]},
        ["networks[0]", "did you mean 'depth'?"],
    ),
    "unknown key of a start": (
        {"networks": [{"name": "Direct", "start": {"name": "imbalanced", "shap": 0.5}}]},
        ["networks[0].start", "did you mean 'shape'?"],
    ),
    "key of another kind": ({3: 4}, ["unknown key '3'", "known are name, seed"]),
    "unknown network": ({"networks": [{"name": "Diference"}]}, ["networks[0].name", "'Difference'"]),
    "unknown problem": ({"system": {"problem": "SinglPixel"}}, ["system.problem", "'SinglePixelCamera'"]),
    "unknown start": ({"networks": [{"name": "Direct", "start": "gausian"}]}, ["'gaussian'", "networks[0].start"]),
    "network without name": ({"networks": [{"depth": 2}]}, ["networks[0]", "`name`"]),
    "no network": ({"networks": []}, ["networks is empty"]),
    "the same network twice": ({"networks": [{"name": "Direct"}] * 2}, ["networks[1] is Direct once more"]),
    "start without its parameter": (
        {"networks": [{"name": "Direct", "start": "imbalanced"}]},
        ["Imbalanced needs shape"],
    ),
    "start without a scale": (
        {"networks": [{"name": "Dense", "start": "torchdefault"}]},
        ["networks[0].start", "TorchDefault has no scale", '"gaussian"'],
    ),
    "unknown key of a chain": (
        {"networks": [{"name": "Dense", "start": {"name": "chain", "ration": 3.0}}]},
        ["networks[0].start", "did you mean 'ratio'?"],
    ),
    "depth 0": ({"networks": [{"name": "Difference", "depth": 0}]}, ["networks[0]", "depth = 0"]),
    "scale 0": ({"scales": {"smallest": 0}}, ["scales.smallest = 0.0", "above 0"]),
    "scale NaN": ({"scales": {"values": [1, math.nan]}}, ["scales.values[1] = nan"]),
    "scale infinite": ({"scales": {"largest": math.inf}}, ["scales.largest = inf"]),
    "scales the wrong way round": ({"scales": {"smallest": 100}}, ["exchange them"]),
    "no scale": ({"scales": {"values": []}}, ["scales.values = []"]),
    "a scale twice": ({"scales": {"values": [1, 1]}}, ["none twice"]),
    "count 0": ({"scales": {"count": 0}}, ["scales.count = 0"]),
    "count 2.5": ({"scales": {"count": 2.5}}, ["scales.count", "expected `int`, got `float`"]),
    "count true": ({"scales": {"count": True}}, ["scales.count", "got `bool`"]),
    "text for a number": ({"tol": "small"}, ["tol", "expected `float`, got `str`"]),
    "number for a table": ({"system": 4}, ["system", "got `int`"]),
    "number for a network": ({"networks": [4]}, ["networks[0]", "got `int`"]),
    "run = 1": ({"flow": {"run": 1}}, ["flow.run", "expected `bool`"]),
    "negative tol": ({"tol": -1.0}, ["tol = -1.0"]),
    "negative seed": ({"seed": -1}, ["seed = -1"]),
    "no step": ({"flow": {"max_steps": 0}}, ["flow.max_steps = 0"]),
    "step of 0": ({"descent": {"step_size": 0}}, ["descent.step_size = 0.0"]),
    "momentum 1": ({"descent": {"momentum": 1}}, ["descent.momentum = 1.0"]),
    "smallest scale of descent": ({"descent": {"smallest_scale": -1}}, ["descent.smallest_scale = -1.0"]),
    "name that leaves the folder": ({"name": "../up"}, ["name = '../up'"]),
    "empty name": ({"name": ""}, ["name = ''"]),
    "path and problem": ({"system": {"path": "a.npz", "problem": "GaussianSparse"}}, ["remove one"]),
    "path and parameters": ({"system": {"path": "a.npz", "parameters": {"side": 8}}}, ["remove one"]),
    "index without a table": ({"system": {"index": 0}}, ["system.index needs system.path"]),
    "b without A": ({"system": {"right_hand_side": "b.npy"}}, ["system.right_hand_side needs system.path"]),
    "neither file nor dict": (7, ["got a int"]),
}


@pytest.mark.parametrize(("source", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals_name_the_place_and_the_way_out(source, named):
    with pytest.raises(InvalidConfigurationError) as refusal:
        read_configuration(source)
    message = str(refusal.value)
    assert message.startswith("configuration: ")
    assert "\n" not in message
    assert all(text in message for text in named), message


def test_the_built_in_study_is_the_documented_file(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(BUILT_IN)
    found, built_in = as_table(read_configuration(file)), as_table(read_configuration())
    # The file says explicitly what the built-in study has by default.
    assert found.pop("system") == {"problem": "SinglePixelCamera", "parameters": {"measurements": 410}}
    assert built_in.pop("system") == {"parameters": {}}
    assert found == built_in
    assert [network_label(choice) for choice in read_configuration().networks] == [
        "Direct",
        "Difference D=2",
        "Difference D=3",
        "Dense chain h=1",
    ]


def test_a_file_gives_only_what_it_changes(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text('[scales]\ncount = 3\n[[networks]]\nname = "Power"\n')
    configuration = read_configuration(file)
    assert configuration.scales.grid() == (10.0, 0.000316227766016838, 1e-8)
    assert [network_label(choice) for choice in configuration.networks] == ["Power D=2"]
    assert configuration.flow == Configuration().flow


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"scales = [", "it is no TOML"), (b"name = '\xff'", "no UTF-8 text"), (None, "No such file")],
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
    file.write_text('[system]\npath = "A.npy"\nright_hand_side = "b.npy"\n')
    system = read_configuration(file).system
    assert (system.path, system.right_hand_side) == (str(tmp_path / "A.npy"), str(tmp_path / "b.npy"))


def test_settings_win_over_the_source():
    source = {"seed": 1, "system": {"problem": "GaussianSparse", "parameters": {"unknowns": 50}}}
    settings = parsed_settings(
        ["seed=2", "system.parameters.equations=20", "name=two words", 'networks=[{name="Power"}]']
    )
    configuration = read_configuration(source, settings)
    assert (configuration.seed, configuration.name) == (2, "two words")
    assert configuration.system.parameters == {"unknowns": 50, "equations": 20}
    assert [network_label(choice) for choice in configuration.networks] == ["Power D=2"]
    assert source["system"]["parameters"] == {"unknowns": 50}  # the caller's dict is left alone


@pytest.mark.parametrize("text", ["scales.count", "=4", " = 4"])
def test_settings_need_a_key(text):
    with pytest.raises(InvalidConfigurationError, match="is no key=value"):
        parsed_settings([text])


def test_settings_cannot_reach_into_a_list():
    with pytest.raises(InvalidConfigurationError, match="networks is no table"):
        read_configuration({"networks": [{"name": "Direct"}]}, {"networks.depth": 2})


def test_a_structure_is_checked_too():
    with pytest.raises(InvalidConfigurationError, match="tol"):
        read_configuration(Configuration(tol=-1.0))


def test_the_grid_of_scales_has_round_numbers():
    assert read_configuration().scales.grid() == (10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
    assert read_configuration({"scales": {"values": [1e-3, 5]}}).scales.grid() == (5.0, 1e-3)
    assert read_configuration({"scales": {"count": 1}}).scales.grid() == (10.0,)


NETWORKS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["Difference", "Power", "Product"]), "depth": st.integers(1, 5)},
            optional={"start": st.sampled_from(["constant", "gaussian"])},
        ),
        st.fixed_dictionaries(
            {
                "name": st.just("TwoBranch"),
                "start": st.fixed_dictionaries({"name": st.just("imbalanced"), "shape": st.floats(0, 0.9)}),
            }
        ),
        st.fixed_dictionaries(
            {"name": st.just("Dense"), "hidden": st.integers(1, 3)}, optional={"start": st.just("chain")}
        ),
    ),
    min_size=1,
    max_size=4,
    unique_by=str,
)
SCALES = st.one_of(
    st.fixed_dictionaries({"values": st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=5, unique=True)}),
    st.fixed_dictionaries(
        {"largest": st.floats(1, 1e3), "smallest": st.floats(1e-9, 0.5), "count": st.integers(1, 40)}
    ),
)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.from_regex(r"[a-z][a-z0-9 ._-]{0,20}", fullmatch=True),
        "seed": st.integers(0, 2**40),
        "tol": st.floats(1e-14, 1e-2),
        "scales": SCALES,
        "networks": NETWORKS,
        "descent": st.fixed_dictionaries({"run": st.booleans()}, optional={"step_size": st.floats(1e-6, 1)}),
    },
)


@given(TABLES)
def test_written_down_and_read_again_it_is_the_same(table):
    try:
        configuration = read_configuration(table)
    except InvalidConfigurationError as error:
        assert "once more" in str(error)  # noqa: PT017 - drawn networks may coincide under their defaults
        return
    assert read_configuration(as_table(configuration)) == configuration
    assert read_configuration(configuration) == configuration
    scales = configuration.scales.grid()
    assert all(larger > smaller for larger, smaller in pairwise(scales))
