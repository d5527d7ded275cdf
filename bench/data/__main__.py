"""`python -m bench.data`: fill a database with a million responses, and measure the pages that read them.

The database stays in its folder, so that a second run measures at once. See docs/performance.md.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from bench import site
from bench.machine import divide_cores
from bench.processes import running

RESPONSES = 1_000_000
QUICK_RESPONSES = 400


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.data", description=__doc__)
    parser.add_argument("--responses", type=int, help=f"how many the database has; {RESPONSES:,} if not given")
    parser.add_argument("--quick", action="store_true", help="few responses and requests, to check that this works")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where the databases are kept")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORDS", help="only what has one of these in its name"
    )
    parser.add_argument("--fill", action="store_true", help="fill the database, and measure nothing")
    parser.add_argument("--plans", action="store_true", help="print all statements with their plans; measure nothing")
    parser.add_argument("--remove", action="store_true", help="remove the database, and do nothing else")
    arguments = parser.parse_args()
    responses: int = arguments.responses or (QUICK_RESPONSES if arguments.quick else RESPONSES)
    folder: Path = arguments.folder / f"responses-{responses}"
    if arguments.remove:
        shutil.rmtree(folder, ignore_errors=True)
        return
    # So that everything that was started ends, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))

    cores = divide_cores()
    with running("-m", "bench.upstream") as (_, port):
        postgres = site.prepare(f"http://127.0.0.1:{port}/v1", folder)
        # They use Django, which is set up now.
        from bench.data import measuring
        from bench.data.filling import fill

        begun = time.monotonic()
        fill(postgres.superuser_url, responses)
        print(f"{responses:,} responses are there after {time.monotonic() - begun:.0f} s.", flush=True)
        if arguments.plans:
            measuring.print_plans(arguments.only)
        elif not arguments.fill:
            problems = measuring.measure_all(cores.server, arguments.only, is_quick=arguments.quick)
            reached = "" if arguments.quick else "Every page reached its target, and "
            print("\n".join(problems) or f"{reached}no plan grows unseen.".capitalize())
            sys.exit(bool(problems))


def default_folder() -> Path:
    """Return the folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatsite-bench"


if __name__ == "__main__":
    main()
