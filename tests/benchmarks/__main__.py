"""`make bench`: print every table."""

from __future__ import annotations

import sys

from tests.benchmarks import lint, runtime, startup
from tests.benchmarks.measure import machine


def main() -> None:
    """Run the benchmarks; an argument sets the number of rounds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    print(f"{machine()}; {rounds} interleaved rounds.\n")
    for benchmark in (startup, lint, runtime):
        print(benchmark.report(rounds))


if __name__ == "__main__":
    main()
