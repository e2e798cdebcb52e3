"""Studies on clusters: whatever has a dask scheduler computes the same bits; a job of submitit is the same command."""

import subprocess
import sys

import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError, SchedulerLostError

SMALL = {
    "problem": {"name": "GaussianSparse", "equations": 6, "unknowns": 14, "nonzeros": 1},
    "seeds": {"count": 3},
    "batch": 2,
    "runs": [{"network": "Difference", "init": {"name": "Constant", "scale": [1.0, 1e-3]}, "methods": ["limit"]}],
}
CLOCKS = ["run_s", "compile_s"]


@pytest.fixture(scope="module")
def quiet():
    return rl.study(SMALL).drop_vars(CLOCKS)


def test_a_number_of_workers_changes_no_bit(quiet, tmp_path):
    found = rl.study(SMALL, store=tmp_path / "small.zarr", workers=1)
    assert found.drop_vars(CLOCKS).identical(quiet)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_batch_system_through_dask_jobqueue(quiet, tmp_path):
    """The local stand-in of dask-jobqueue writes and starts the job scripts that SLURM would be given."""
    local = pytest.importorskip("dask_jobqueue.local")
    with local.LocalCluster(
        cores=1, processes=1, memory="1GB", python=sys.executable, log_directory=str(tmp_path), death_timeout=60
    ) as cluster:
        cluster.scale(jobs=1)
        found = rl.study(SMALL, store=tmp_path / "small.zarr", scheduler=cluster.scheduler_address)
    assert found.drop_vars(CLOCKS).identical(quiet)


@pytest.mark.slow
def test_a_job_of_submitit(quiet, tmp_path):
    """A job that ends too early is given again, and goes on."""
    submitit = pytest.importorskip("submitit")
    executor = submitit.LocalExecutor(folder=tmp_path / "logs")
    executor.update_parameters(timeout_min=5)
    store = tmp_path / "small.zarr"
    job = executor.submit(_run, SMALL, str(store))
    assert job.result() == 6
    assert rl.studies.read_store(store).drop_vars(CLOCKS).identical(quiet)


def _run(config, store):
    import ridgeless as rl

    return int((rl.study(config, store=store).status == "CONVERGED").sum())


def test_nobody_at_the_address():
    with pytest.raises(SchedulerLostError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        rl.study(SMALL, scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize("workers", [0, -1])
def test_a_number_of_workers_that_is_none(workers):
    with pytest.raises(InvalidInputError, match="workers"):
        rl.study(SMALL, workers=workers)


def test_workers_and_a_scheduler():
    with pytest.raises(InvalidInputError, match="leave one out"):
        rl.study(SMALL, workers=1, scheduler="tcp://127.0.0.1:9")


def test_dask_is_not_loaded_by_a_study_in_one_process():
    words = "import ridgeless as rl, sys; rl.study(SMALL); sys.exit('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", f"SMALL = {SMALL!r}\n{words}"], check=False)
    assert done.returncode == 0


def test_workers_asked_for_in_vain_leave_no_store(tmp_path):
    for asked in ({"workers": 0}, {"scheduler": "tcp://127.0.0.1:9"}):
        with pytest.raises(rl.RidgelessError):
            rl.study(SMALL, store=tmp_path / "new" / "small.zarr", **asked)
    assert list(tmp_path.iterdir()) == []
