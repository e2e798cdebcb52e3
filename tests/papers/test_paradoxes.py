"""The two paradoxes of the seed paper: their sections pass with few seeds, and fail where a law is broken."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.papers._experiments import instances
from ridgeless.papers.gruber2024 import _generalization_baselines as baselines
from ridgeless.papers.gruber2024 import _generalization_measured as measured
from ridgeless.papers.gruber2024 import _generalization_synthetic as synthetic
from ridgeless.papers.gruber2024 import _optimization_rates as rates
from ridgeless.papers.gruber2024 import _optimization_saddles as saddles
from ridgeless.papers.gruber2024 import e11_optimization_paradox as optimization
from ridgeless.papers.gruber2024 import e12_generalization_paradox as generalization


@pytest.fixture(scope="module")
def one_layer():
    """Starts of one hidden layer at one width, so that one program is compiled."""
    chosen = [one for one in rates.starts() if one.network == rl.networks.Dense(hidden=1, width=9)]
    return rates.run(2, print, chosen), saddles.run(1, print, (1, 2))


@pytest.fixture(scope="module")
def few_scales():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "SPARSE_SCALES", synthetic.SPARSE_SCALES[[0, 1, 2, -1]])
        patch.setattr(synthetic, "DENSE_SCALES", synthetic.DENSE_SCALES[[0, 3, -1]])
        yield


@pytest.fixture(scope="module")
def known_truth(few_scales):
    return synthetic.sparse(1, print), synthetic.dense(1, print)


@pytest.fixture
def shared_riboflavin(request):
    folder = request.config.rootpath.parent / "shared" / "data"
    if not (folder / "riboflavin.npz").is_file():
        pytest.skip("riboflavin.npz is not in ../shared/data")
    return folder


# Optimization


def test_optimization_passes(one_layer, failed):
    section = optimization.section(one_layer)
    assert failed(section.claims) == []
    assert len(section.claims) == 15
    for figure in section.figures:
        measured_labels = [curve.label for curve in figure.curves if curve.kind == "measured"]
        assert len(set(measured_labels)) == len(measured_labels) <= 8


def test_starts_with_and_without_certificate_arrive(one_layer):
    shares = {one.start.name: np.mean(one.certified > 0) for one in one_layer[0]}
    assert shares["bi-optimal, scale 0.5"] == shares[rates.CHAIN] == 1
    assert shares["identity, scale 0.5"] == 0
    assert all(one.arrived.all() for one in one_layer[0])


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        ({"slowest": lambda one: 0.5 * one.slowest}, "lacks of the certified rate"),
        ({"arrived": lambda one: ~one.arrived}, "runs that reach"),
        ({"final": lambda one: 1.1 * one.final}, "final rate"),
    ],
)
def test_a_broken_rate_fails(one_layer, changed, statement, failed):
    all_rates, lingering = one_layer
    broken = [dataclasses.replace(one, **{name: change(one) for name, change in changed.items()}) for one in all_rates]
    assert any(statement in told for told in failed(optimization.claims(broken, lingering)))


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        ({"law": lambda one: 1.1 * one.law}, "over its prediction"),
        ({"left": lambda one: one.left * saddles.LEAVING**0.1}, "slope of"),
        ({"saddles": lambda one: one.saddles + 1}, "pass one plateau"),
        ({"heights": lambda one: one.heights + 0.01}, "height of that plateau"),
        ({"opposed": lambda one: one.opposed + np.nan}, "headed for the saddle"),
    ],
)
def test_a_broken_plateau_fails(one_layer, changed, statement, failed):
    all_rates, lingering = one_layer
    broken = [dataclasses.replace(one, **{name: change(one) for name, change in changed.items()}) for one in lingering]
    assert any(statement in told for told in failed(optimization.claims(all_rates, broken)))


def test_time_to_leave_is_that_of_the_closed_form():
    """From W = 0 the flow of −⟨Aᵀb, W w⟩ is hyperbolic: ⟨Aᵀb, x⟩ = ½‖Aᵀb‖·‖w₀‖²·sinh(2‖Aᵀb‖t)."""
    scales = np.array([1e-2, 1e-1, 1e-3])
    for one in instances(12, 3):
        theta0 = rl.inits.BiOptimal(1.3)(rl.networks.Dense(hidden=1, width=9), one.system, one.seed)
        pull, gone = np.linalg.norm(one.system.A.T @ one.system.b), 0.05 * one.system.b @ one.system.b
        exact = np.arcsinh(2 * gone / scales**2 / (pull * 1.3**2)) / (2 * pull)
        np.testing.assert_allclose(saddles.leaving_times(one.system, theta0, scales), exact, rtol=1e-5)


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_the_nearer_to_the_saddle_the_longer_the_rest(hidden):
    one = saddles.whitened(instances(13, 1)[0])
    np.testing.assert_allclose(one.system.A @ one.system.A.T, np.eye(4), atol=1e-12)
    ways = [saddles.descent(one.system, saddles.opposed(one, hidden, distance)) for distance in (1e-2, 1e-4, 1e-6)]
    assert [saddles.is_saddle(height) for way in ways for height in way.plateaus] == [True] * 3
    assert [way.loss[0] for way in ways] == pytest.approx([4.0] * 3, rel=0.05)
    assert ways[0].left < ways[1].left < ways[2].left


@pytest.mark.parametrize(
    ("rate", "heights"),
    [
        ([1.0, 1.0, 1.0], []),
        ([5.0, 1.0, 9.0], []),
        ([1.0, 20.0, 2.0, 1.0], [0.0]),
        ([5.0, 1.0, 11.0, 1.0, 2.0, 9.0], [1.0]),
        ([5.0, 1.0, 11.0, 1.0, 0.5, 9.0], [1.0, 4.0]),
        ([1.0, 11.0, 3.0, 40.0, 5.0], [0.0]),
    ],
)
def test_plateaus_are_where_the_rate_rises_tenfold(rate, heights):
    index = np.arange(float(len(rate)))
    assert saddles.Descent(index, index, np.array(rate), 0.0).plateaus == heights


# Generalization


def test_generalization_passes_and_says_what_was_left_out(known_truth, tmp_path, failed):
    found, left_out = measured.run(1, print, tmp_path)
    section = generalization.section((*known_truth, found, left_out))
    assert failed(section.claims) == []
    assert [one.name for one in found] == ["diabetes", "breast cancer"]
    assert "Riboflavin was left out: there is no riboflavin.npz" in section.paragraph
    assert "RIDGELESS_DATA" in section.paragraph
    assert not any("Riboflavin" in figure.title for figure in section.figures)
    assert len(section.figures) == 6
    for one in found:
        assert one.shape[0] < one.shape[1] / 2
        assert one.others.keys() == {"LassoCV", "RidgeCV"}


def test_without_scikit_learn_the_rest_stands(monkeypatch, tmp_path, few_scales, failed):
    monkeypatch.setattr(baselines, "find_spec", lambda _: None)
    section = generalization.section(generalization.run(1, print, tmp_path))
    assert failed(section.claims) == []
    assert "scikit-learn, which is not installed" in section.paragraph
    assert not any("LassoCV" in curve.label for figure in section.figures for curve in figure.curves)
    assert len(section.tables) == 1


@pytest.mark.parametrize(
    ("changed", "statement"),
    [
        ({"residuals": lambda one: one.residuals * np.nan}, "residual of every limit"),
        ({"errors": lambda one: one.errors + 0.2}, "error at the smallest scale over"),
        ({"errors": lambda one: one.errors**1.1}, "slope of log error"),
        ({"errors": lambda one: 1.01 * one.errors}, "relative difference"),
        ({"errors": lambda one: 1.5 * one.errors}, "over its prediction"),
    ],
)
def test_a_broken_limit_fails(known_truth, changed, statement, failed):
    broken = [
        [
            dataclasses.replace(
                one,
                swept=[
                    dataclasses.replace(swept, **{name: change(swept) for name, change in changed.items()})
                    for swept in one.swept
                ],
            )
            for one in every
        ]
        for every in known_truth
    ]
    assert any(statement in told for told in failed(generalization.claims(*broken, [])))


def test_the_error_of_a_chain_is_that_of_its_gap():
    """‖x − x*‖² = ‖A⁺b − x*‖² + gap² − 2⟨gap, P_N x*⟩, and the law leaves out the last term, whose mean is 0."""
    scales, shares = np.array([0.3, 1.0]), []
    for index in range(12):
        system = synthetic._system(index, 0.0, synthetic.UNKNOWNS)
        found = [rl.limit(system, rl.networks.Dense(2, width=1), rl.inits.Chain(s), seed=index).x for s in scales]
        gaps = np.array([np.sum((x - system.min_norm()) ** 2) for x in found])
        shares.append(gaps / (synthetic.chain_law(2, 0.0, scales) - synthetic.shortest_law(0.0)))
    np.testing.assert_allclose(np.mean(shares, axis=0), 1, atol=0.1)


def test_held_out_samples_are_never_looked_at():
    rng = np.random.default_rng(0)
    features = rng.lognormal(size=(30, 6))
    data = measured.Measurements("drawn", "", features, features[:, 0], 10, measured._with_products)
    train, test = np.arange(10), np.arange(10, 30)
    rows, others = measured._prepared(data, train, test)
    assert rows.shape == (10, 21)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rows.std(axis=0), 1, atol=1e-12)
    moved = dataclasses.replace(data, features=np.vstack([features[:10], 5 * features[10:]]))
    np.testing.assert_array_equal(measured._prepared(moved, train, test)[0], rows)
    assert not np.allclose(measured._prepared(moved, train, test)[1], others)


def test_a_constant_feature_is_no_division_by_zero():
    rows, others = measured._standardised(np.ones((4, 2)), np.full((3, 2), 2.0))
    assert not rows.any()
    np.testing.assert_array_equal(others, 1.0)


def test_the_folder_of_measurements_can_be_told(monkeypatch, tmp_path):
    monkeypatch.delenv("RIDGELESS_DATA", raising=False)
    assert measured.data_folder().as_posix() == "../shared/data"
    monkeypatch.setenv("RIDGELESS_DATA", str(tmp_path))
    assert measured.data_folder() == tmp_path


def test_riboflavin(shared_riboflavin, failed):
    found, left_out = measured.measurements(shared_riboflavin)
    assert left_out == []
    one = measured.held_out(found[0], 1)
    assert (one.name, one.shape, one.tested) == ("riboflavin", (50, 4088), 21)
    assert all(claim.passed for claim in generalization._data_claims(one))
    louder = dataclasses.replace(one, added=2 * one.added)
    assert any("noise in the training targets" in told for told in failed(generalization._data_claims(louder)))
    assert len(generalization._best_table([one]).rows) == 2 * len(measured.DEPTHS)
    assert 0 < one.gain[0] < 1
