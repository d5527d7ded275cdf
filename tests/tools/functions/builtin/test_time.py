"""What time it is, where the person is and elsewhere."""

import contextlib
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.functions.builtin import current_time
from tools.functions.results import ToolFailed
from tools.tool import Context

OSLO = Context(uuid4(), uuid4(), time_zone="Europe/Oslo")


def test_time_is_that_of_the_person():
    assert current_time(OSLO)["time_zone"] == "Europe/Oslo"


def test_time_is_that_of_the_zone():
    assert current_time(OSLO, "Asia/Kathmandu")["time"].endswith("+05:45")


@pytest.mark.parametrize(
    "name", ["Atlantis", "What is the time?", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "x" * 9999]
)
def test_unknown_zone_is_said_to_the_model(name):
    with pytest.raises(ToolFailed, match="There is no time zone named"):
        current_time(OSLO, name)


@given(st.text(min_size=1))
def test_any_text_is_a_zone_or_an_unknown_one(name):
    with contextlib.suppress(ToolFailed):
        assert current_time(OSLO, name)["time_zone"] == name
