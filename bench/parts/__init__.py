"""The parts of a run, by the names that `--only` takes."""

from collections.abc import Callable

from bench.parts.at_rest import measure_growth, measure_idle
from bench.parts.first_word import measure_first_word
from bench.parts.most import measure_most
from bench.parts.several import measure_several
from bench.parts.start_and_end import measure_start_and_end
from bench.parts.streams import measure_levels, measure_long
from bench.run import Run

PARTS: dict[str, Callable[[Run], dict[str, float]]] = {
    "levels": measure_levels,
    "long-answers": measure_long,
    "first-word": measure_first_word,
    "start-and-end": measure_start_and_end,
    "most": measure_most,
    "two-processes": measure_several,
    "growth": measure_growth,
    "idle": measure_idle,
}
