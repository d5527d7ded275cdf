"""What is computed of many figures."""

import statistics
from collections.abc import Sequence


def percentile(figures: Sequence[float], percent: int) -> float:
    """Return the figure that so many percent don't exceed; zero if there is none."""
    if len(figures) < 2:
        return figures[0] if figures else 0.0
    return statistics.quantiles(figures, n=100, method="inclusive")[percent - 1]
