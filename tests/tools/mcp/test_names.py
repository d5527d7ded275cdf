"""Every name that a server may give to a tool becomes one that the API takes, and no two become the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tools.mcp.names import function_names, switch_name
from tools.models import MAX_LABEL_CHARACTERS

LABELS = st.from_regex(r"[a-z0-9-]{1,30}", fullmatch=True)
NAMES = st.lists(st.text(min_size=1, max_size=210) | st.sampled_from(["a.b", "a b", "a_b", "close_issue"]), max_size=20)


@given(LABELS, NAMES)
def test_names_are_valid_and_lead_back_to_their_tools(label, tools):
    names = function_names(label, tools)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) and name.startswith(f"{label}__") for name in names)
    assert sorted(names.values()) == sorted(set(tools))
    assert function_names(label, tools) == names


def test_a_plain_name_stays_readable():
    assert function_names("tracker", ["close_issue"]) == {"tracker__close_issue": "close_issue"}
    assert len(switch_name("x" * MAX_LABEL_CHARACTERS)) <= 64


def test_twins_differ():
    assert len(function_names("tracker", ["close.issue", "close issue", "close_issue", "close issue"])) == 3
