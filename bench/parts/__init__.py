"""The parts of a run, by the names that `--only` takes."""

from collections.abc import Callable

from bench.parts.first_word import measure_first_word
from bench.parts.start_and_end import measure_start_and_end
from bench.parts.streams import measure_levels, measure_long
from bench.run import Run

PARTS: dict[str, Callable[[Run], dict[str, float]]] = {
    "levels": measure_levels,
    "long-answers": measure_long,
    "first-word": measure_first_word,
    "start-and-end": measure_start_and_end,
}
