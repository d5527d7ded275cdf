"""What a cheap model is told of the turns that it summarizes."""

from conversations.answering.pairing import NO_OUTPUT
from conversations.answering.summaries import MAX_TOOL_CHARACTERS, transcript
from conversations.models import Item, Response
from providers.items import tool_text
from tests.support.conversations import message

PORT = '{"port": "Brest"}'


def person(words: str) -> Item:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}


def call(call_id: str, arguments: str = PORT) -> Item:
    return {"type": "function_call", "call_id": call_id, "name": "get_tide", "arguments": arguments}


def output(call_id: str, value: object) -> Item:
    return {"type": "function_call_output", "call_id": call_id, "output": value}


def test_transcript_has_the_messages_and_answers():
    first = Response(input=[person("How high?")], output=[message("Two metres.")])
    second = Response(input=[person("And then?")], output=[])
    assert transcript([first, second]) == "Person: How high?\n\nAssistant: Two metres.\n\nPerson: And then?"


def test_transcript_has_the_calls_with_what_came_of_them():
    first = Response(input=[person("How high?")], output=[message("I look."), call("a"), call("b")])
    step = Response(
        input=[output("b", [{"type": "input_text", "text": "Six."}]), output("a", "Two.")], output=[message("So.")]
    )
    assert transcript([first, step]).split("\n\n") == [
        "Person: How high?",
        "Assistant: I look.",
        f"Tool get_tide({PORT}): Two.",
        f"Tool get_tide({PORT}): Six.",
        "Assistant: So.",
    ]


def test_long_calls_are_cut_and_lost_outputs_are_said():
    turn = Response(input=[], output=[call("a", f'{{"port": "{"x" * MAX_TOOL_CHARACTERS}"}}'), call("b")])
    step = Response(input=[output("a", "y" * 2 * MAX_TOOL_CHARACTERS)], output=[])
    long = f"Tool get_tide({tool_text(turn.output[0])[:MAX_TOOL_CHARACTERS]}): {'y' * MAX_TOOL_CHARACTERS}"
    assert transcript([turn, step]).split("\n\n") == [long, f"Tool get_tide({PORT}): {NO_OUTPUT}"]


def test_odd_calls_are_told_as_they_are_sent():
    odd: Item = {"type": "function_call", "call_id": ["a"], "name": None, "arguments": '{"cut'}
    assert transcript([Response(input=[], output=[odd])]) == f"Tool unknown({{}}): {NO_OUTPUT}"
