"""What images cost, by the published rules and their examples."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from providers.image_tokens import MODELS, UNKNOWN_TOKENS, image_tokens


@pytest.mark.parametrize(
    ("model", "size", "detail", "tokens"),
    [
        ("gpt-5.5", (1600, 1200), "high", 1900),
        ("gpt-5-mini", (1600, 1200), "high", 2353),
        ("gpt-4o", (1600, 1200), "auto", 765),
        ("gpt-4o-2024-08-06", (1600, 1200), "low", 85),
        ("gpt-4o-mini", (512, 512), "high", 2833 + 5667),
        ("gpt-5", (100, 100), "auto", 210),
        ("o3", (4096, 4096), "high", 75 + 4 * 150),
        ("openai/gpt-4.1", (1600, 1200), "high", 765),
        ("gpt-5.5", (3200, 2400), "auto", 7500),
        ("gpt-5.4", (3200, 2400), "auto", 57 * 43),
        ("gpt-5.4", (3200, 2400), "original", 7500),
        ("gpt-5.5", (1600, 1200), "low", 16 * 12),
        ("llama", (1600, 1200), "auto", UNKNOWN_TOKENS),
        ("gpt-4o", (None, None), "auto", UNKNOWN_TOKENS),
    ],
)
def test_images_cost_what_the_provider_says(model, size, detail, tokens):
    width, height = size
    assert image_tokens(model, width, height, detail) == tokens


@given(
    some.sampled_from([pattern.replace("*", "").replace("[", "").replace("]", "") for pattern, _ in MODELS]),
    some.integers(1, 20_000),
    some.integers(1, 20_000),
    some.sampled_from(["auto", "low", "high", "original"]),
)
@example("gpt-4o-mini", 513, 1537, "auto")
def test_any_image_costs_something_and_never_more_than_the_most(model, width, height, detail):
    # The dearest model sees at most 4 by 2 tiles.
    assert 0 < image_tokens(model, width, height, detail) <= 2833 + 8 * 5667
