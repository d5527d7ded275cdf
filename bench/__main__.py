"""`python -m bench`: measure what answers cost, beside a bare relay, and compare that with the targets.

See docs/performance.md.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from contextlib import closing

from bench import site
from bench.machine import divide_cores
from bench.parts import PARTS
from bench.parts.streams import measure_levels
from bench.processes import running
from bench.run import Run
from bench.targets import print_targets

Parts = dict[str, Callable[[Run], dict[str, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of everything, to check that the bench works")
    parser.add_argument("--streams", type=int, help="only the costs of so many answers at once")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"only these: {', '.join(PARTS)}")
    arguments = parser.parse_args()
    parts: Parts = {name: part for name, part in PARTS.items() if name in (arguments.only or PARTS)}
    if arguments.streams:
        parts = {"levels": lambda run: measure_levels(run, [arguments.streams])}
    # Like Ctrl-C, which ends everything that was started, too. A shell's background commands would ignore that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        sys.exit(run_all(parts, is_quick=arguments.quick))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def run_all(parts: Parts, *, is_quick: bool) -> bool:
    """Run some parts; return whether something was lost, or a target missed by more than the margin."""
    cores = divide_cores()
    with running("-m", "bench.upstream") as (_, port):
        site.prepare(upstream := f"http://127.0.0.1:{port}/v1")
        with closing(Run(upstream, cores, is_quick=is_quick)) as run:
            print(f"A delta each 20 ms. The server has {'a core' if cores.server else 'no core'} to itself.")
            reached: dict[str, float] = {}
            for name, part in parts.items():
                print(f"\n{name}")
                reached |= part(run)
            problems = run.problems()
    missed = [] if is_quick else print_targets(reached, is_whole=parts.keys() == PARTS.keys())
    print("\n".join(problems) or "Every answer was seen and stored as it was sent.")
    return bool(problems or missed)


if __name__ == "__main__":
    main()
