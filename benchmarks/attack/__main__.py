"""`make attack SEED=1 COUNT=20000`: random instances of every bad kind, judged; exits with 1 for one judged wrongly."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from benchmarks.attack.instances import instance
from benchmarks.attack.judge import Judgement, judge
from benchmarks.attack.tally import HEAD, shortfalls, tallied

_AT_ONCE = 50


def judged(seed: int, first: int, last: int) -> list[Judgement]:
    """The judgements of instances first … last − 1."""
    return [judge(instance(seed, index)) for index in range(first, last)]


def attack(seed: int, count: int, workers: int) -> Iterator[Judgement]:
    """Instances 0 … count − 1 of a seed, in order, whatever the number of workers."""
    starts = range(0, count, _AT_ONCE)
    with ProcessPoolExecutor(workers) as pool:
        parts = pool.map(
            judged, [seed] * len(starts), starts, [min(start + _AT_ONCE, count) for start in starts], chunksize=1
        )
        for part in parts:
            yield from part


def main() -> int:
    """Run the attack that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    began = time.perf_counter()
    found = list(attack(asked.seed, asked.count, asked.workers))
    kinds, every = tallied(found)
    print(HEAD)
    for name, count in kinds.items():
        print(count.row(name))
    print(every.row("all"))
    spent = [sum(one.seconds[part] for one in found) for part in range(3)]
    print(
        f"limits {spent[0]:.0f} s, certificates {spent[1]:.0f} s, enclosures {spent[2]:.0f} s of processor time; "
        f"{time.perf_counter() - began:.0f} s in all, seed {asked.seed}"
    )
    missed = shortfalls(kinds, every, [one for one in found if one.faults])
    for line in missed:
        print("NOT AS IT SHOULD BE:", line)
    print(f"{len(found)} instances, {len(missed)} shortfalls")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
