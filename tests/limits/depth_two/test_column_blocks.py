"""Limits of systems that are dask arrays: as in memory, one pass over the blocks for a step, on any scheduler."""

import os
import signal

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InfeasibleSignsError, InvalidInputError

da = pytest.importorskip("dask.array")
dask = pytest.importorskip("dask")

pytestmark = pytest.mark.usefixtures("as_a_user")

CASES = [
    (rl.networks.Difference(2), rl.inits.Constant(1.0)),
    (rl.networks.Difference(2), rl.inits.Constant(1e-40)),
    (rl.networks.Product(2), rl.inits.Constant(1e-8)),
    (rl.networks.Product(2), rl.inits.Gaussian(0.1)),
    (rl.networks.TwoBranch(2), rl.inits.Imbalanced(1e-3, 0.5)),
]


def drawn(equations=20, unknowns=300, nonzeros=4, seed=0, positive=False):
    rng = np.random.default_rng([seed, 32])
    A, x = rng.standard_normal((equations, unknowns)), np.zeros(unknowns)
    signs = 1 if positive else rng.choice([-1, 1], nonzeros)
    x[rng.choice(unknowns, nonzeros, replace=False)] = signs * rng.uniform(0.5, 2, nonzeros)
    return A, A @ x, x


def blocks_of(A, width=64):
    return da.from_array(A, chunks=(A.shape[0], width))


def agrees(A, b, network, init):
    found = rl.limit(rl.LinearSystem(blocks_of(A), b), network, init)
    assert found.status is rl.Status.CONVERGED, found
    assert rl.certify(found).verdict == "certified"
    wanted = rl.limit(rl.LinearSystem(A, b), network, init)
    assert np.linalg.norm(found.x - wanted.x) <= 1e-9 * np.linalg.norm(wanted.x)


@pytest.fixture
def here():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.mark.usefixtures("here")
class TestOneProcess:
    @pytest.mark.parametrize(("network", "init"), CASES, ids=repr)
    def test_as_in_memory(self, network, init):
        A, b, _ = drawn()
        agrees(A, b, network, init)

    def test_locked_signs(self):
        A, b, _ = drawn(positive=True)
        agrees(A, b, rl.networks.Power(2), rl.inits.Constant(1e-3))

    def test_signs_that_no_solution_has_are_refused(self):
        A, b, _ = drawn(positive=True)
        A[0], b[0] = 1.0, -1.0
        with pytest.raises(InfeasibleSignsError, match="⟨b, ν⟩ > 0 proves"):
            rl.limit(rl.LinearSystem(blocks_of(A), b), rl.networks.Power(2), rl.inits.Constant(1e-2))

    def test_frozen_and_locked_unknowns(self):
        A, b, x = drawn()
        start = {"u": np.full(300, 1e-2), "v": np.full(300, 1e-2)}
        off = np.flatnonzero(x == 0)
        start["u"][off[:30]] = start["v"][off[20:50]] = 0.0
        agrees(A, b, rl.networks.Difference(2), start)

    def test_closed_forms(self):
        A, b, _ = drawn()
        agrees(A, b, rl.networks.Direct(), rl.inits.Gaussian(1.0))

    def test_lazy_training(self):
        A, b, _ = drawn()
        agrees(A, b, rl.networks.Lazy(rl.networks.Difference(2), alpha=10.0), rl.inits.Constant(0.1))

    def test_deeper_networks_say_what_to_do(self):
        A, b, _ = drawn()
        with pytest.raises(InvalidInputError, match=r"never gathered.*A\.compute\(\)"):
            rl.limit(rl.LinearSystem(blocks_of(A), b), rl.networks.Difference(3), rl.inits.Constant(0.1))

    def test_dependent_equations(self):
        A, b, _ = drawn()
        twice, both = np.vstack([A, A[:5]]), np.concatenate([b, b[:5]])
        found = rl.limit(rl.LinearSystem(blocks_of(twice), both), rl.networks.Difference(2), rl.inits.Constant(1e-4))
        assert found.success
        wanted = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(1e-4))
        assert np.linalg.norm(found.x - wanted.x) <= 1e-8 * np.linalg.norm(wanted.x)

    def test_a_step_is_one_pass_over_the_blocks(self):
        """Blocks are read once between two Newton steps at the end of the path."""
        A, b, _ = drawn()
        read, told = [], []

        def block(part):
            read.append(part.shape)
            return part

        blocks = blocks_of(A).map_blocks(block, dtype=float, meta=np.empty((0, 0)))
        count = blocks.numblocks[1]
        system = rl.LinearSystem(blocks, b)
        init = rl.inits.Constant(1e-4)
        rl.limit(system, rl.networks.Difference(2), init, progress=lambda now: told.append((now, len(read))))
        ends = [reads for now, reads in told[:-1] if now.share == 1.0]
        assert len(ends) >= 3
        assert set(np.diff(ends)) == {count}
        assert {shape[0] for shape in read} == {20}

    def test_a_certificate_refutes_a_moved_answer(self):
        A, b, _ = drawn()
        system = rl.LinearSystem(blocks_of(A), b)
        found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(1e-2))
        away = system.project_null(np.random.default_rng(3).standard_normal(300))
        moved = found.x + 1e-6 * np.linalg.norm(found.x) * away / np.linalg.norm(away)
        assert rl.certify(system, moved, found.bias, found.dual).verdict == "refuted"
        assert rl.certify(system, moved, found.bias).verdict == "refuted"


def test_threads():
    A, b, _ = drawn()
    with dask.config.set(scheduler="threads"):
        agrees(A, b, rl.networks.Difference(2), rl.inits.Constant(1e-4))


def test_a_scheduler_by_its_address():
    """The same call, with whatever client the caller has connected."""
    distributed = pytest.importorskip("distributed")
    A, b, _ = drawn()
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**options) as made, distributed.Client(made.scheduler_address):
        agrees(A, b, rl.networks.Difference(2), rl.inits.Constant(1e-4))
        agrees(A, b, rl.networks.Difference(2), rl.inits.Gaussian(0.1))


def generated(equations, width, count, nonzeros):
    """An endless matrix cut to size, its blocks made where they are needed, from a counter; and a sparse truth."""

    # Within the function, since workers cannot import tests: what is local travels by value.
    def numbers(index):
        drawn = np.random.Philox(key=[2026, index]).random_raw(equations * width // 8)
        return drawn.view(np.int8).reshape(equations, width) / 128.0

    def block(block_id):
        return numbers(block_id[1])

    A = da.map_blocks(block, chunks=((equations,), (width,) * count), dtype=float, meta=np.empty((0, 0)))
    rng = np.random.default_rng(33)
    x = np.zeros(count * width)
    x[rng.choice(len(x), nonzeros, replace=False)] = rng.choice([-1, 1], nonzeros) * rng.uniform(0.5, 2, nonzeros)
    b = sum(x[i] * numbers(i // width)[:, i % width] for i in np.flatnonzero(x))
    return A, b


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "memory_limit": "3GB", "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**options) as made, distributed.Client(made) as client:
        yield client


def peaks(client):
    """Peak memory of each worker, in MiB."""

    def peak():
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    return list(client.run(peak).values())


@pytest.mark.slow
@pytest.mark.parametrize(("width", "count"), [(2000, 8), (25_000, 200)], ids=["26 MB", "8 GB"])
def test_a_worker_that_is_killed(width, count, cluster):
    """Two workers, one of them killed midway: the answer of an undisturbed run, within 3 GB a worker."""
    A, b = generated(200, width, count, nonzeros=10)
    network, init = rl.networks.Difference(2), rl.inits.Constant(1e-8)
    calm = rl.limit(rl.LinearSystem(A, b), network, init)
    assert calm.success
    most = peaks(cluster)
    victims = list(cluster.run(os.getpid).values())[:1]

    def kill(now):
        if now.steps >= 5 and victims:
            os.kill(victims.pop(), signal.SIGKILL)

    disturbed = rl.limit(rl.LinearSystem(A, b), network, init, progress=kill)
    assert not victims
    assert disturbed.success
    assert np.linalg.norm(disturbed.x - calm.x) <= 1e-10 * np.linalg.norm(calm.x)
    assert rl.certify(disturbed).verdict == "certified"
    assert max(most + peaks(cluster)) < 3000
