"""What is known of models by their names."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from providers.families import UNKNOWN, family_of
from providers.models import Model, Provider


@pytest.mark.parametrize(
    ("name", "efforts", "default"),
    [
        ("gpt-5", "minimal low medium high", "medium"),
        ("gpt-5-mini-2025-08-07", "minimal low medium high", "medium"),
        ("gpt-5-pro", "high", "high"),
        ("gpt-5.1", "none low medium high", "none"),
        ("gpt-5.2-pro", "medium high xhigh", "medium"),
        ("gpt-5.5", "none low medium high xhigh", "medium"),
        ("openai/gpt-5.6-sol", "none low medium high xhigh max", "medium"),
        ("gpt-6.2-sol", "low medium high xhigh max", ""),
        ("gpt-6.1-terra", "none low medium high xhigh max", "medium"),
        ("gpt-5.5-chat-latest", "", ""),
        ("gpt-4o", "", ""),
        ("ft:gpt-4.1-mini:team::1", "", ""),
        ("o4-mini", "low medium high", "medium"),
        ("qwen3:8b", "", ""),
    ],
)
def test_family_is_found_by_the_most_specific_name(name, efforts, default):
    assert (" ".join(family_of(name).efforts), family_of(name).default_effort) == (efforts, default)


def test_model_that_nobody_knows_gets_careful_defaults():
    family = family_of("a-model-of-tomorrow")
    assert family is UNKNOWN
    assert family.efforts == family.hosted_tools == ()


def test_models_that_end_are_known_with_their_date():
    assert family_of("gpt-5-nano").shutdown_on == date(2026, 12, 11)
    assert family_of("gpt-5.5").shutdown_on is None


@pytest.mark.parametrize("name", ["gpt-4o-mini-tts", "text-embedding-3-large", "gpt-4o-audio-preview", "gpt-image-1"])
def test_models_that_do_not_answer_are_known(name):
    assert not family_of(name).answers


def test_every_family_fits_the_fields_of_a_row(subtests):
    from providers.families import _patterns

    for _, pattern, family in _patterns():
        with subtests.test(pattern.pattern):
            row = Model(provider=Provider(), name="any", **family.fields())
            try:
                row.clean_fields(exclude=["provider"])
            except ValidationError as invalid:
                pytest.fail(str(invalid))
            assert not family.default_effort or family.default_effort in family.efforts
