"""What is a citation, by the same cases as tests/js/items/citations.test.js."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsite.environment import BASE_DIR
from providers.citations import is_citation

CASES: list[dict[str, Any]] = json.loads((BASE_DIR / "tests/support/items.json").read_text())["sources"]


@pytest.mark.parametrize("case", CASES)
def test_citation_leads_to_the_web_or_names_a_file(case):
    # The page lists files that the model made by themselves, not as sources.
    is_made = case["annotation"].get("type") == "container_file_citation"
    assert is_citation(case["annotation"]) == (is_made or case["source"] is not None)


values = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=1)


@given(
    st.dictionaries(
        st.sampled_from(["type", "url", "url_citation", "title", "filename", "file_id"]),
        values | st.sampled_from(["url_citation", "https://[", "https://", "//example.org"]),
    )
)
def test_annotation_of_any_shape_is_tolerated(annotation):
    is_citation(annotation)
