"""What servers say, understood."""

import pytest

from conversations.upstream import failure


@pytest.mark.parametrize(
    ("code", "status", "detail"),
    [
        ("previous_response_not_found", 400, "Previous response with id 'resp_1' not found."),  # OpenAI
        ("404", 404, "Response with id 'resp_1' not found."),  # vLLM
        ("400", 400, "llama.cpp does not support 'previous_response_id'."),
        (None, 400, "Previous response cannot be used for this organization due to Zero Data Retention."),
        (None, 400, "No tool output found for function call call_1."),
    ],
)
def test_a_lost_chain_is_known_by_what_servers_say_of_it(code, status, detail):
    assert failure(code, status=status, detail=detail).chain_is_lost


@pytest.mark.parametrize(
    ("code", "status", "detail"),
    [
        ("model_not_found", 404, "The model 'none' does not exist or you do not have access to it."),
        (None, 404, "Not Found"),
        (None, 500, "Response with id 'resp_1' not found."),
    ],
)
def test_other_refusals_are_no_lost_chain(code, status, detail):
    assert not failure(code, status=status, detail=detail).chain_is_lost
