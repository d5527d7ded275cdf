"""Which settings a model is known to take."""

import pytest

from providers import catalog
from providers.parameters import not_applied, untaken, without

WANTED = {
    "reasoning": {"effort": "high", "summary": "auto"},
    "text": {"verbosity": "low"},
    "temperature": 0.7,
    "top_p": 0.5,
    "seed": 7,
}


@pytest.mark.parametrize(
    ("model", "effort", "kept"),
    [
        ("gpt-5.1", "high", "effort summary verbosity"),
        ("gpt-5.1", "none", "effort verbosity temperature top_p"),
        ("gpt-5.1", "minimal", "verbosity temperature top_p"),
        ("gpt-6.2-sol", "none", "summary verbosity"),
        ("o3", "high", "effort summary"),
        ("gpt-4o", "high", "temperature top_p"),
        ("a-model-of-tomorrow", "high", "temperature top_p"),
    ],
)
def test_only_what_a_model_takes_is_sent(model, effort, kept):
    wanted = {**WANTED, "reasoning": {"effort": effort, "summary": "auto"}}
    sent = without(wanted, untaken(catalog.model(None, model), wanted))
    names = [*sent.get("reasoning", {}), *sent.get("text", {}), *(sent.keys() - {"reasoning", "text"})]
    assert set(names) == {*kept.split(), "seed"}


def test_settings_that_do_not_apply_are_named_and_a_summary_is_none():
    assert not_applied(WANTED, {"text.verbosity", "top_p"}) == [
        "reasoning.effort",
        "temperature",
        "seed",
    ]
