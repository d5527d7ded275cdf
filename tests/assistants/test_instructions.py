"""The variables in instructions."""

from datetime import date

from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from assistants.instructions import known_values, render, variables


def test_free_variables_are_those_that_the_site_does_not_know():
    assert variables("{{ topic }} for {{name}} on {{today}}, {{topic}}, {{ tone}}") == ["topic", "tone"]


def test_values_take_their_places():
    known = known_values(today=date(2026, 12, 1), name="Ada")
    assert render("{{name}}, {{today}}: {{ topic }} {{other}}", {**known, "topic": "tides"}) == (
        "Ada, 2026-12-01: tides {{other}}"
    )


def test_language_has_its_own_name():
    for code, name in (("en", "English"), ("de", "Deutsch")):
        with override(code):
            assert known_values(today=date(2026, 12, 1), name="Ada")["language"] == name


@given(st.text(), st.text())
def test_a_value_is_never_read_as_a_variable(before, value):
    text = before.replace("{", "").replace("}", "")
    assert render(text + "{{topic}}", {"topic": value + "{{name}}", "name": "Ada"}) == text + value + "{{name}}"
