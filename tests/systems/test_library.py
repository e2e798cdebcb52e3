"""Problems with known truth: laws that hold for each one found, and what is special to each."""

import dataclasses
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.discovery import discover
from ridgeless.errors import InvalidInputError, MissingDependencyError
from ridgeless.systems import scenes
from ridgeless.systems.library import CorrelatedDesign, GaussianSparse, PartialDCT
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.problem import Problem
from ridgeless.systems.quality import peak_signal_to_noise
from ridgeless.systems.single_pixel import SinglePixelCamera
from ridgeless.systems.tomography import FewViewTomography, projections
from ridgeless.systems.transforms import TRANSFORMS

FOUND = discover("ridgeless.systems", Problem)


def same_bits(one, other):
    return all(np.array_equal(f(one), f(other)) for f in (lambda s: s.rows(), lambda s: s.b, lambda s: s.truth))


def made_by_a_user(problem, **parameters):
    """A problem made as outside the test run, where no import hook checks the fields' annotations first."""
    defaults = {name: field.default for name, field in problem.__dataclass_fields__.items()}
    made = object.__new__(problem)
    for name, value in (defaults | parameters).items():
        object.__setattr__(made, name, value)
    made.__post_init__()
    return made


def test_all_problems_are_found():
    assert set(FOUND) >= {
        "CorrelatedDesign",
        "FewViewTomography",
        "GaussianSparse",
        "PartialDCT",
        "SinglePixelCamera",
    }


@pytest.mark.parametrize(
    ("problem", "parameters", "says"),
    [
        (GaussianSparse, {"equations": 0}, "equations = 0"),
        (GaussianSparse, {"unknowns": 2.5}, "unknowns = 2.5"),
        (GaussianSparse, {"nonzeros": 1001}, "nonzeros = 1001 exceeds unknowns = 1000"),
        (GaussianSparse, {"noise": -0.1}, "noise = -0.1"),
        (GaussianSparse, {"noise": float("nan")}, "noise = nan"),
        (GaussianSparse, {"noise": float("inf")}, "noise = inf"),
        (GaussianSparse, {"noise": "loud"}, "noise = 'loud'"),
        (FewViewTomography, {"noise": -1e-9}, "FewViewTomography: noise = -1e-09"),
        (PartialDCT, {"equations": 401}, "equations = 401 exceeds unknowns = 400"),
        (PartialDCT, {"nonzeros": True}, "nonzeros = True"),
        (CorrelatedDesign, {"correlation": 1.0}, "correlation = 1.0.*below 1"),
        (CorrelatedDesign, {"correlation": -0.5}, "correlation = -0.5"),
        (SinglePixelCamera, {"measurements": 0}, "measurements = 0"),
        (SinglePixelCamera, {"basis": "harr"}, "unknown basis 'harr': did you mean 'haar'"),
        (SinglePixelCamera, {"basis": ["haar"]}, "unknown basis"),
        (SinglePixelCamera, {"side": 24}, 'power of two, or basis="dct"'),
        (SinglePixelCamera, {"side": 1}, "side = 1"),
        (FewViewTomography, {"views": 0}, "views = 0"),
        (FewViewTomography, {"side": 8}, "fewer than 8 views"),
    ],
)
def test_parameters_out_of_range_are_refused(problem, parameters, says):
    with pytest.raises(InvalidInputError, match=says):
        made_by_a_user(problem, **parameters)


def test_numbers_of_any_kind_become_plain_ones():
    problem = made_by_a_user(GaussianSparse, equations=np.int64(3), noise=1)
    assert problem == GaussianSparse(equations=3, noise=1.0)
    assert type(problem.equations) is int
    assert type(problem.noise) is float


def test_the_camera_keeps_the_masks_of_its_published_pictures():
    """Signs from SeedSequence(seed) itself: the strip in the README is drawn from them."""
    camera = SinglePixelCamera(measurements=3, side=4)
    masks = np.random.default_rng(5).choice([-1.0, 1.0], size=(3, 4, 4))
    np.testing.assert_allclose([camera.picture(row) for row in camera.system(5).A], masks, atol=1e-14)


def test_gaussian_sparse_is_drawn_in_the_order_of_the_reference():
    """In that order, from a stream of its own, and the noise from another."""
    rng = np.random.default_rng(np.random.SeedSequence(2, spawn_key=GaussianSparse.stream))
    design = rng.standard_normal((100, 1000))
    truth = np.zeros(1000)
    truth[rng.choice(1000, 5, replace=False)] = 1 / np.sqrt(5)
    system = GaussianSparse(noise=0.1).system(2)
    np.testing.assert_array_equal(system.A, design)
    np.testing.assert_array_equal(system.truth, truth)
    noise = np.random.default_rng(np.random.SeedSequence(2, spawn_key=(*GaussianSparse.stream, 0x6E6F697365)))
    np.testing.assert_array_equal(system.b, design @ truth + 0.1 * noise.standard_normal(100))


def test_noise_keeps_what_the_system_carries():
    """Names, labels and the readout of a problem that makes its system from a table."""
    import pandas as pd

    @dataclasses.dataclass(frozen=True)
    class Table(Problem):
        def noiseless(self, seed):
            A = pd.DataFrame([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]], index=["p", "q"], columns=["u", "v", "w"])
            return LinearSystem(A, A.to_numpy() @ [1.0, 0.0, 2.0], [1.0, 0.0, 2.0], name="table", readout=np.eye(3))

    exact, noisy = Table().system(1), Table(noise=0.5).system(1)
    assert (noisy.names, noisy.labels, noisy.name) == (exact.names, exact.labels, "table")
    assert noisy.labels is not None
    np.testing.assert_array_equal(noisy.truth, [1.0, 0.0, 2.0])
    np.testing.assert_array_equal(noisy.readout, np.eye(3))
    relabelled = noisy.with_right(pd.Series([1.0, 2.0], index=["q", "p"]))
    np.testing.assert_array_equal(relabelled.b, [2.0, 1.0])


def test_partial_cosine_rows_are_orthonormal_rows_of_the_transform():
    from scipy.fft import dct

    system = PartialDCT(equations=7, unknowns=20, nonzeros=3).system(4)
    assert isinstance(system.A, LinearOperator)
    rows = system.rows()
    np.testing.assert_allclose(rows @ rows.T, np.eye(7), atol=1e-14)
    transform = dct(np.eye(20), norm="ortho", axis=0)
    # Each row agrees with exactly one row of the transform.
    assert ((np.abs(rows[:, None] - transform).max(axis=-1) < 1e-14).sum(axis=1) == 1).all()
    assert np.count_nonzero(system.truth) == 3


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_correlated_design_has_the_covariance_it_claims(correlation):
    design = CorrelatedDesign(equations=40_000, unknowns=6, correlation=correlation).system().A
    index = np.arange(6)
    wanted = correlation ** np.abs(index[:, None] - index)
    # The standard error of a covariance is at most √(2/40000) = 0.007.
    np.testing.assert_allclose(design.T @ design / len(design), wanted, atol=5 * 0.0071)


def test_correlated_design_has_signs_for_truth():
    truth = CorrelatedDesign().system().truth
    assert sorted(set(truth)) == [-1.0, 0.0, 1.0]
    assert np.count_nonzero(truth) == 6


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("side", [1, 2, 8])
def test_transform_is_orthonormal(name, side):
    units = np.eye(side * side).reshape(-1, side, side)
    analysis = TRANSFORMS[name].analysis(units).reshape(side * side, -1)
    synthesis = TRANSFORMS[name].synthesis(units).reshape(side * side, -1)
    np.testing.assert_allclose(analysis @ analysis.T, np.eye(side * side), atol=1e-14)
    np.testing.assert_allclose(synthesis, analysis.T, atol=1e-14)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_first_coefficient_is_the_mean_times_the_side(name):
    picture = np.random.default_rng(0).random((8, 8))
    assert TRANSFORMS[name].analysis(picture)[0, 0] == pytest.approx(8 * picture.mean(), rel=1e-14)


def test_haar_of_a_step_has_one_detail():
    step = np.repeat([[0.0, 1.0]], 2, axis=0).repeat(4, axis=0).repeat(4, axis=1)
    coefficients = TRANSFORMS["haar"].analysis(step)
    wanted = np.zeros((8, 8))
    wanted[0, 0], wanted[0, 1] = 4.0, -4.0
    np.testing.assert_allclose(coefficients, wanted, atol=1e-14)


@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_haar_of_any_size_turns_back(log_side, seed):
    picture = np.random.default_rng(seed).standard_normal((2**log_side, 2**log_side))
    haar = TRANSFORMS["haar"]
    np.testing.assert_allclose(haar.synthesis(haar.analysis(picture)), picture, atol=1e-13)


@pytest.mark.parametrize("basis", TRANSFORMS)
@pytest.mark.parametrize("side", [16, 32])
def test_camera_sees_the_photographer(basis, side):
    camera = SinglePixelCamera(measurements=20, side=side, basis=basis)
    truth = camera.system().truth
    np.testing.assert_allclose(camera.picture(truth), scenes.photographer(side), atol=1e-14)
    assert 0 <= scenes.photographer(side).min() < 0.1
    assert 0.8 < scenes.photographer(side).max() <= 1


def test_camera_measures_with_signs():
    camera = SinglePixelCamera(measurements=20, side=8)
    system = camera.system()
    masks = np.stack([camera.picture(row) for row in system.A])
    np.testing.assert_allclose(np.abs(masks), 1, atol=1e-13)
    np.testing.assert_allclose(np.tensordot(masks, scenes.photographer(8)), system.b, rtol=1e-12)


def test_both_bases_ask_the_same_question():
    haar, cosine = (SinglePixelCamera(basis=basis).system(5) for basis in ("haar", "dct"))
    np.testing.assert_array_equal(haar.b, cosine.b)


def test_cosine_camera_takes_any_side():
    assert SinglePixelCamera(measurements=20, side=12, basis="dct").system().shape == (20, 144)


def test_minimum_norm_shows_noise():
    camera = SinglePixelCamera()
    system = camera.system()
    lazy = np.linalg.lstsq(system.A, system.b, rcond=None)[0]
    ratio = peak_signal_to_noise(camera.picture(lazy), camera.picture(system.truth))
    assert 6.5 < ratio < 8


def test_few_haar_coefficients_show_the_photographer():
    camera = SinglePixelCamera()
    truth = camera.system().truth
    kept = np.where(np.abs(truth) >= np.sort(np.abs(truth))[-150], truth, 0.0)
    assert peak_signal_to_noise(camera.picture(kept), camera.picture(truth)) > 25


@pytest.mark.parametrize("problem", [SinglePixelCamera(side=8), FewViewTomography(side=8, views=3)])
def test_pictures_have_their_shape_and_refuse_others(problem):
    x = np.arange(64.0)
    assert problem.picture(x).shape == (8, 8)
    problem.picture(x)[:] = 0
    assert x[-1] == 63
    with pytest.raises(InvalidInputError, match=r"x needs shape \(64,\)"):
        problem.picture(np.ones((8, 8)))


@pytest.mark.parametrize("problem", [GaussianSparse(), PartialDCT(), CorrelatedDesign()])
def test_vectors_are_no_pictures(problem):
    assert problem.picture(problem.system().truth) is None


def test_tomography_sees_the_phantom():
    problem = FewViewTomography()
    system = problem.system()
    assert sp.issparse(system.A)
    assert system.shape == (12 * 32, 32 * 32)
    np.testing.assert_array_equal(problem.picture(system.truth), scenes.shepp_logan(32))
    assert np.ptp(scenes.shepp_logan(32)) > 0.6


def test_tomography_has_no_chance_in_it():
    assert same_bits(FewViewTomography().system(0), FewViewTomography().system(99))


@pytest.mark.parametrize(("side", "views"), [(64, 7), (63, 10)])
def test_projection_of_a_disc_is_its_chord(side, views):
    offset = np.arange(side) - (side - 1) / 2
    radius, (right, up) = 0.3 * side, (0.1 * side, 0.05 * side)
    fine = (np.arange(8 * side) + 0.5) / 8 - side / 2
    inside = (fine[None, :] - right) ** 2 + (-fine[:, None] - up) ** 2 <= radius**2
    disc = inside.reshape(side, 8, side, 8).mean(axis=(1, 3))
    angles = (np.arange(views)[:, None] + 0.5) * np.pi / views
    distance = offset - right * np.cos(angles) - up * np.sin(angles)
    chord = 2 * np.sqrt(np.clip(radius**2 - distance**2, 0, None))
    found = (projections(side, views) @ disc.ravel()).reshape(views, side)
    # Near the rim the chord has an infinite slope, and half a pixel of blur shows.
    middle = np.abs(distance) < 0.9 * radius
    np.testing.assert_allclose(found[middle], chord[middle], rtol=0.05)
    assert np.sqrt(np.mean((found - chord) ** 2)) < 0.02 * (2 * radius)
    assert (found[np.abs(distance) > radius + 1.5] == 0).all()


@given(st.integers(2, 24), st.integers(1, 24))
def test_rays_through_a_full_square_measure_their_way_across(side, views):
    rays = projections(side, views)
    t = np.tile(np.arange(side) - (side - 1) / 2, views)
    cosine, sine = (np.abs(f((np.repeat(np.arange(views), side) + 0.5) * np.pi / views)) for f in (np.cos, np.sin))
    through_corner = ((cosine + sine) * side / 2 - np.abs(t)) / (cosine * sine)
    wanted = np.minimum(side / np.maximum(cosine, sine), through_corner)
    np.testing.assert_allclose(rays @ np.ones(side * side), wanted, rtol=1e-9)


def test_rays_are_built_once():
    assert projections(9, 4) is projections(9, 4)


@pytest.mark.parametrize("scene", [scenes.photographer, scenes.shepp_logan])
def test_missing_scikit_image_is_named(monkeypatch, scene):
    scene.cache_clear()
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "ridgeless\[lab\]"'):
        scene(8)


def test_scenes_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        scenes.photographer(8)[0, 0] = 1
