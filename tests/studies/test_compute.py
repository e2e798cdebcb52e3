"""The computation of cells: the numbers are those of the single calls, and a cell that fails stops no other."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.studies import compute

DESCENT = {"flow": "GradientDescent", "max_steps": 2000}
MEASURES = ["error", "distance", "l1_norm", "l2_norm"]


def one(dataset, method, **labels):
    return dataset.sel({"method": method, **labels}).squeeze()


@pytest.fixture(scope="module")
def dataset(small):
    configuration = small(
        {"noise": [0.0, 0.1]},
        init={"name": "Gaussian", "scale": [0.5, 0.1]},
        methods=["limit", "lazy_limit", DESCENT],
        seeds={"count": 2, "first": 3},
        measures=MEASURES,
    )
    return rl.study(configuration)


def single(noise, seed, scale, method):
    system = rl.systems.GaussianSparse(5, 10, 1, noise=noise).system(seed)
    network, init = rl.networks.Difference(), rl.inits.Gaussian(scale)
    if method == "limit":
        return system, rl.limit(system, network, init, seed=seed)
    if method == "lazy_limit":
        return system, rl.lazy_limit(system, network, init, seed=seed)
    return system, rl.train(system, network, init, rl.flows.GradientDescent(max_steps=2000), tol=1e-8, seed=seed)


@pytest.mark.parametrize("method", ["limit", "lazy_limit"])
def test_limits_are_those_of_the_single_calls(dataset, method):
    for noise, seed, scale in [(0.0, 3, 0.5), (0.1, 4, 0.1)]:
        system, wanted = single(noise, seed, scale, method)
        found = one(dataset, method, noise=noise, seed=seed, scale=scale)
        certificate = rl.certify(wanted)
        # Along scales each limit may begin where the one before it ended: the same to rounding.
        assert np.allclose(found.x, wanted.x, rtol=1e-9, atol=1e-12)
        error = np.linalg.norm(wanted.x - system.truth) / np.linalg.norm(system.truth)
        assert found.error == pytest.approx(error, rel=1e-9)
        assert found.l1_norm == pytest.approx(np.abs(wanted.x).sum(), rel=1e-9)
        assert found.l2_norm == pytest.approx(np.linalg.norm(wanted.x), rel=1e-9)
        assert max(found.residual, wanted.residual) < 1e-10
        assert found.status == wanted.status.name
        assert found.message != ""
        assert found.verdict == certificate.verdict.value
        if method == "limit":
            assert max(found.feasibility, found.bound, found.gap, certificate.distance) < 1e-8


def test_a_single_limit_is_that_of_the_single_call_to_the_last_bit(small):
    found = rl.study(small(seed=3)).squeeze()
    wanted = rl.limit(rl.systems.GaussianSparse(5, 10, 1).system(3), rl.networks.Difference(), rl.inits.Constant(0.1))
    certificate = rl.certify(wanted)
    assert np.array_equal(found.x, wanted.x)
    assert (found.status, found.message) == (wanted.status.name, wanted.message)
    assert found.residual == wanted.residual
    assert found.verdict == certificate.verdict.value
    assert (found.feasibility, found.bound, found.gap) == (
        certificate.feasibility,
        certificate.distance,
        certificate.relative_gap,
    )


def test_trainings_are_those_of_the_single_calls_to_rounding(dataset):
    for noise, seed, scale in [(0.0, 3, 0.5), (0.1, 4, 0.1)]:
        _, wanted = single(noise, seed, scale, "GradientDescent")
        found = one(dataset, "GradientDescent", noise=noise, seed=seed, scale=scale)
        assert np.allclose(found.x, wanted.x, rtol=1e-9, atol=1e-12)
        assert found.status == wanted.status.name
        assert found.steps == wanted.stats["steps"]


def test_training_is_measured_against_the_limit_from_the_same_start(dataset):
    found, limit = one(dataset, "GradientDescent"), one(dataset, "limit")
    wanted = np.linalg.norm(found.x - limit.x, axis=-1) / np.linalg.norm(limit.x, axis=-1)
    assert np.allclose(found.distance, wanted, rtol=1e-12)
    assert (wanted > 0).all()
    assert limit.distance.isnull().all()


def test_trainings_are_certified_by_their_limits(small, monkeypatch):
    """`certify` is asked for limits alone where these decide; verdicts are those of single certificates."""
    asked, certify = [], compute.certify
    monkeypatch.setattr(compute, "certify", lambda solution: asked.append(solution.flow) or certify(solution))
    init = {"name": "Constant", "scale": [1.0, 0.3, 0.1]}
    found = rl.study(small(init=init, methods=["limit", DESCENT], seeds={"count": 2}))
    assert asked == [None] * 6
    for scale in (1.0, 0.3, 0.1):
        system, network, flow = (
            rl.systems.GaussianSparse(5, 10, 1).system(1),
            rl.networks.Difference(),
            rl.flows.GradientDescent(max_steps=2000),
        )
        own = certify(rl.train(system, network, rl.inits.Constant(scale), flow, seed=1))
        cell = one(found, "GradientDescent", scale=scale, seed=1)
        assert cell.verdict == own.verdict.value
        assert cell.feasibility == pytest.approx(own.feasibility, rel=1e-6)
        # Newton's method ends as soon as its ball is small beside the distance, a limit is known to its last digits.
        assert cell.bound <= own.distance * (1 + 1e-9)
        assert cell.bound == pytest.approx(own.distance, rel=0.02)


def test_without_distances_certificates_stand_alone(small, monkeypatch):
    asked, certify = [], compute.certify
    monkeypatch.setattr(compute, "certify", lambda solution: asked.append(solution.flow) or certify(solution))
    rl.study(small(methods=["limit", DESCENT], measures=["error"]))
    assert len(asked) == 2


def test_problem_and_start_are_drawn_anew_for_each_seed(dataset):
    first, second = (one(dataset, "limit", seed=seed, noise=0.0, scale=0.5) for seed in (3, 4))
    assert not np.allclose(first.x, second.x)


def test_where_no_theorem_holds_the_limit_says_so(small):
    network = {"name": "Dense", "hidden": 1, "width": 3}
    dataset = rl.study(small(network=network, init={"name": "Gaussian", "scale": 0.3}, methods=["limit", "Adam"]))
    limit = one(dataset, "limit")
    assert limit.status == "NO EXACT LIMIT"
    assert "no theorem" in limit.message.item()
    assert limit.verdict == ""
    assert limit.x.isnull().all()
    assert limit.error.isnull()
    # So training has nothing to be measured against.
    assert one(dataset, "Adam").distance.isnull()


def test_an_init_that_a_network_refuses_is_a_row_and_stops_no_other(small):
    network = ["Direct", {"name": "Dense", "hidden": 1}]
    dataset = rl.study(small(network=network, methods=["limit", {"flow": "GradientDescent", "max_steps": 50}]))
    refused = dataset.sel(network="Dense hidden=1")
    assert (refused.status == "REFUSED").all()
    assert all("inits.Constant makes no start for Dense" in text for text in refused.message.values)
    assert refused.error.isnull().all()
    assert one(dataset.sel(network="Direct"), "limit").status == "CONVERGED"
    assert one(dataset.sel(network="Direct"), "GradientDescent").status != "REFUSED"


def test_a_training_that_diverges_stops_no_other_of_its_program(small):
    methods = [{"flow": "GradientDescent", "max_steps": 50, "step_size": 1e3}, "limit"]
    dataset = rl.study(small(init={"name": "Constant", "scale": [10.0, 1e-3]}, methods=methods, measures=MEASURES))
    wild = one(dataset, "GradientDescent", scale=10.0)
    assert wild.status == "DIVERGED"
    assert wild.message != ""
    assert (one(dataset, "limit").status == "CONVERGED").all()


@pytest.mark.parametrize("failure", [ValueError("no such thing"), MemoryError(), ZeroDivisionError("by 0")])
def test_a_cell_that_fails_says_so_and_stops_no_other(small, monkeypatch, failure):
    solve = compute.limit

    def sometimes(system, network, init, seed):
        if seed == 1:
            raise failure
        return solve(system, network, init, seed=seed)

    monkeypatch.setattr(compute, "limit", sometimes)
    dataset = rl.study(small(seeds={"count": 3})).squeeze()
    assert list(dataset.status.values) == ["CONVERGED", "FAILED", "CONVERGED"]
    assert type(failure).__name__ in dataset.message.values[1]
    assert str(failure) in dataset.message.values[1]
    assert dataset.error.isnull().values.tolist() == [False, True, False]


def test_where_one_training_is_refused_the_others_go_on_one_by_one(small, monkeypatch):
    train, sizes = compute.train_together, []

    def sometimes(cases, tol, call):
        sizes.append(len(cases))
        if any(case.seed == 1 for case in cases):
            raise rl.InvalidInputError("seed 1 is refused")
        return train(cases, tol, call)

    monkeypatch.setattr(compute, "train_together", sometimes)
    dataset = rl.study(small(methods=[{"flow": "GradientDescent", "max_steps": 5}], seeds={"count": 3})).squeeze()
    assert sizes == [3, 1, 1, 1]
    assert list(dataset.status.values) == ["MAX_STEPS", "REFUSED", "MAX_STEPS"]
    assert dataset.message.values[1] == "seed 1 is refused"


class TestOwnMeasures:
    def test_they_are_taken_of_every_cell(self, small):
        def largest(solution, system):
            """The largest entry of x."""
            return np.abs(solution.x).max()

        dataset = rl.study(small(methods=["limit", {"flow": "GradientDescent", "max_steps": 9}]), measures=[largest])
        assert np.array_equal(dataset.largest, np.abs(dataset.x).max("coordinate"))
        assert dataset.largest.attrs == {"long_name": "The largest entry of x", "units": "1"}

    def test_one_that_fails_is_told_in_its_row(self, small):
        def broken(solution, system):
            raise KeyError("nothing")

        dataset = rl.study(small(), measures=[broken]).squeeze()
        assert dataset.status == "CONVERGED"
        assert np.isnan(dataset.broken)
        assert "KeyError: 'nothing'" in dataset.message.item()

    def test_one_that_returns_no_number_is_told_in_its_row(self, small):
        def text(solution, system):
            return "large"

        dataset = rl.study(small(), measures=[text]).squeeze()
        assert dataset.status == "CONVERGED"
        assert np.isnan(dataset.text)
        assert "returned a str" in dataset.message.item()

    @pytest.mark.usefixtures("as_a_user")
    def test_what_is_no_function_is_refused_before_anything_runs(self, small):
        for measure, text in [(3, "pass a function"), (lambda solution, system: 1.0, "has no name")]:
            with pytest.raises(rl.InvalidInputError, match=text):
                rl.study(small(), measures=[measure])


def test_a_study_of_no_measures(small):
    dataset = rl.study(small(measures=[], keep=[])).squeeze()
    assert dataset.status == "CONVERGED"
    assert "error" not in dataset
    assert "x" not in dataset
