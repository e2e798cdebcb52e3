"""A slice of `make attack`: every kind of matrix, judged against enclosures, and a judge that sees what is wrong."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import ridgeless as rl

ROOT = Path(__file__).resolve().parents[1]
SEED, OF_EACH_KIND = 0, 10


@pytest.fixture(scope="module")
def attack():
    """The benchmark, which is no part of the package."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.attack import instances, judge, kinds, tally

        yield type("Attack", (), {"instances": instances, "judge": judge, "kinds": kinds, "tally": tally})
    finally:
        sys.path.remove(str(ROOT))


@pytest.mark.parametrize("kind", range(18))
def test_no_answer_is_judged_wrongly(attack, kind, as_a_user):
    count = len(attack.kinds.KINDS)
    assert count == 18
    judged = [attack.judge.judge(attack.instances.instance(SEED, kind + count * turn)) for turn in range(OF_EACH_KIND)]
    assert [(one.name, one.faults) for one in judged if one.faults] == []
    assert sum(one.verdict != "" for one in judged) >= OF_EACH_KIND - 2
    assert sum(one.most == one.most for one in judged) >= OF_EACH_KIND // 2


@pytest.mark.parametrize(
    ("seed", "index"),
    [
        (5, 589),
        (6, 608),
        (8, 145),
        (9, 85),
        (9, 211),
        (9, 421),
        (101, 6170),
        (101, 8113),
        (101, 8636),
        (101, 12380),
        (101, 1281),
        (101, 9961),
        (101, 15773),
        (101, 17791),
        (202, 1069),
        (404, 789),
        (404, 6971),
        (606, 19898),
        (811, 14603),
        (811, 15073),
        (202, 5113),
        (13, 2317),
    ],
)
def test_instances_that_were_judged_wrongly_once(attack, seed, index, as_a_user):
    assert attack.judge.judge(attack.instances.instance(seed, index)).faults == ()


def test_an_instance_is_the_same_whenever_it_is_drawn(attack):
    one, other = (attack.instances.instance(4, 1234) for _ in range(2))
    np.testing.assert_array_equal(one.system.A, other.system.A)
    np.testing.assert_array_equal(one.system.b, other.system.b)
    assert (one.network, one.init) == (other.network, other.init)


class TestTheJudge:
    """It is shown answers and proofs that are wrong on purpose."""

    @pytest.fixture
    def right(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((4, 10))
        found = rl.limit(rl.LinearSystem(A, A @ np.ones(10)), rl.networks.Difference(3), rl.inits.Constant(1e-3))
        return found, rl.certify(found)

    def told(self, attack, found, proof):
        return attack.judge._faults(found, proof, *attack.judge._distance(found))

    def test_right_is_right(self, attack, right):
        assert self.told(attack, *right) == []

    def test_a_wrong_answer_that_is_certified(self, attack, right):
        found, proof = right
        off = dataclasses.replace(found, x=found.x + 1e-4 * found.system.project_null(np.ones(10)))
        faults = self.told(attack, off, proof)
        assert any("wrong and certified" in fault for fault in faults)
        assert any("wrong and CONVERGED" in fault for fault in faults)
        assert any("below the distance" in fault for fault in faults)

    def test_a_right_answer_that_is_refuted(self, attack, right):
        found, proof = right
        witness = rl.certificates.Witness("point", None, 1.0, found.x)
        refuted = dataclasses.replace(proof, verdict=rl.certificates.Verdict.REFUTED, witness=witness)
        assert any("right and refuted" in fault for fault in self.told(attack, found, refuted))

    def test_an_exception_is_a_crash(self, attack, monkeypatch):
        monkeypatch.setattr(rl, "certify", lambda *_: 1 / 0)
        found = attack.judge.judge(attack.instances.instance(0, 0))
        assert found.status == "CRASH"
        assert "ZeroDivisionError" in found.faults[0]
