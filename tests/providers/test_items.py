"""The items that the API has, beside those that the tests know."""

import json
from typing import get_args

from openai.types.responses import ResponseOutputItem

from chatsite.environment import BASE_DIR


def test_the_page_has_a_case_for_each_type_of_output_item_that_the_api_has():
    cases = json.loads((BASE_DIR / "tests/support/items.json").read_text())["items"]
    union = get_args(ResponseOutputItem)[0]
    known = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(union)}
    assert known - {"message"} <= {case["item"].get("type") for case in cases}
