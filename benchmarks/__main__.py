"""`make bench`: ratios against peers and physical limits, side by side in one run.

Holds the order of the benchmarks and the writing of `benchmarks/results.md`. Each benchmark is
a module of its own and returns `Result` rows. Timings never gate the tests.
"""

import argparse

from benchmarks import (
    chains,
    checks,
    fault_texts,
    files,
    hospital,
    kpi_stage,
    load,
    pull_mariadb,
    pull_postgres,
    score,
    wall_latency,
)
from benchmarks.report import Result, write

BENCHMARKS = {
    "pull": pull_postgres.measure,
    "mariadb": pull_mariadb.measure,
    "increment": pull_postgres.measure_increment,
    "hospital": hospital.measure,
    "wall": wall_latency.measure,
    "load": load.measure,
    "files": files.measure,
    "checks": checks.measure,
    "stage": kpi_stage.measure,
    "chains": chains.measure,
    "texts": fault_texts.measure,
    "score": score.measure,
    "stage11": kpi_stage.measure_eleven,
    "kpi": kpi_stage.measure_peers,
}
# Only when named: hours.
LONG = ("stage11",)


def main() -> None:
    """Run the chosen benchmarks and write the results."""
    parser = argparse.ArgumentParser(description="OpsPulse benchmarks")
    usual = [name for name in BENCHMARKS if name not in LONG]
    parser.add_argument("names", nargs="*", default=usual, help="which to run")
    parser.add_argument("--repeats", type=int, default=5, help="runs per figure (median)")
    arguments = parser.parse_args()
    results: list[Result] = []
    for name in arguments.names:
        print(f"== {name}", flush=True)
        results += BENCHMARKS[name](arguments.repeats)
    write(results)


if __name__ == "__main__":
    main()
