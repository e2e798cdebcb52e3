"""Strands: each network with each init and method, and the axes of each."""

import ridgeless as rl
from ridgeless.studies import read_configuration
from ridgeless.studies.choices import Choice
from ridgeless.studies.strands import Axis, field_axes, strands


def test_every_network_meets_every_init_and_method(small):
    configuration = small(
        network=["Direct", "Difference"],
        init=[{"name": "Constant", "scale": 0.1}, rl.inits.Gaussian(0.2)],
        methods=["limit", {"flow": "Adam", "step_size": [0.1, 0.2]}],
    )
    found = strands(read_configuration(configuration))
    assert len(found) == 2 * 2 * 3
    assert {strand.method_label for strand in found} == {"limit", "Adam step_size=0.1", "Adam step_size=0.2"}
    assert {strand.init_label(set()) for strand in found} == {"Constant scale=0.1", "Gaussian scale=0.2"}


def test_axes_are_parted_from_what_is_fixed():
    fixed, axes = field_axes(Choice("Dense", (("hidden", 2), ("width", [3, 4]))), "network")
    assert fixed == Choice("Dense", (("hidden", 2),))
    assert axes == [Axis(("network.width",), ((3,), (4,)))]
    assert axes[0].section == "network"
    assert axes[0].columns == ((3, 4),)


def test_a_strand_at_one_value_of_its_axes(small):
    configuration = small(
        network={"name": "Difference", "depth": [2, 3]}, init={"name": "Constant", "scale": [1.0, 0.1]}
    )
    (strand,) = strands(read_configuration(configuration))
    depth, scale = strand.axes
    made = strand.at([(depth, (3,)), (scale, (0.1,))])
    assert made.network.label() == "Difference depth=3"
    assert made.network_label({depth.places}) == "Difference"
    assert made.init.label() == "Constant scale=0.1"
    assert strand.axis(("network.depth",)) is depth
    assert strand.axis(("network.width",)) is None
