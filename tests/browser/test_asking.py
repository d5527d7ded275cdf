"""Asking and reading: the answer streams, survives a reload, can be stopped, and shows in other tabs as it streams."""

import json
import re

from playwright.sync_api import WebSocketRoute, expect

from tests.support.browser.chat import PAUSED, answers, ask, await_answer, message_field, questions
from tests.support.browser.keys import write
from tests.support.browser.site import PEOPLE, read_only
from tests.support.browser.tabs import sign_in


def test_visitor_reaches_the_requested_page_after_signing_in(open_tab):
    tab = open_tab()
    expect(tab).to_have_url(re.compile(r"/sign-in/\?next=/$"))
    sign_in(tab, "grace")
    expect(tab).to_have_url(re.compile(r":\d+/$"))


def test_answer_is_shown_while_it_streams(ada, provider):
    provider.script(match="tide", text="High tide is at noon.", **PAUSED)
    ask(ada, "When is high tide?")

    expect(questions(ada)).to_have_text("When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")
    expect(answers(ada)).not_to_contain_text("noon")
    expect(answers(ada)).to_have_attribute("aria-busy", "true")

    provider.release("go")
    expect(answers(ada)).to_contain_text("High tide is at noon.")
    await_answer(ada)
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_be_focused()


def test_first_message_creates_a_conversation_with_its_own_address(ada, provider):
    provider.script(text="At noon.")
    ask(ada, "When is high tide at Brest?")
    await_answer(ada)

    expect(ada).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/$"))
    expect(ada).to_have_title("When is high tide at Brest? · Chat")
    entry = ada.get_by_role("navigation", name="Conversations").get_by_role("link", name="When is high tide at Brest?")
    expect(entry).to_have_attribute("aria-current", "page")

    ada.go_back()
    expect(questions(ada)).to_have_count(0)


COUNT_GLIDES = """
    const { animate } = Element.prototype;
    globalThis.glides = 0;
    Element.prototype.animate = function (...options) {
        if (this.localName === "chat-composer") glides += 1;
        return animate.apply(this, options);
    };
"""


def test_message_field_glides_down_with_the_first_message_unless_motion_is_unwanted(ada, provider):
    provider.script(text="At noon.")
    ada.add_init_script(COUNT_GLIDES)
    for motion, glides in (("no-preference", 1), ("reduce", 0)):
        ada.emulate_media(reduced_motion=motion)
        ada.goto("/")
        for question in ("When is high tide?", "And low tide?"):
            ask(ada, question)
            await_answer(ada)
        assert ada.evaluate("glides") == glides


def test_running_answer_says_how_long_and_what_a_lost_connection_means(ada, provider):
    provider.script(text="High tide is at noon.", at={"4": {"wait": "go"}})
    ask(ada, "When is high tide?")
    some_seconds = re.compile(r"^\d+:(?!00)\d\d$")
    expect(ada.get_by_role("timer")).to_have_text(some_seconds)
    expect(ada.get_by_role("timer")).to_have_attribute("aria-live", "off")
    ada.reload()
    expect(ada.get_by_role("timer")).to_have_text(some_seconds)

    ada.context.set_offline(True)
    paused = ada.get_by_text("The rest of the answer will be shown when you're back online").last
    expect(paused).to_be_visible()
    expect(ada.get_by_role("timer")).to_be_hidden()
    ada.context.set_offline(False)
    expect(ada.get_by_role("timer")).to_be_visible()
    expect(paused).to_be_hidden()
    provider.release("go")
    await_answer(ada)
    expect(ada.get_by_role("timer")).to_be_hidden()


def test_next_message_continues_the_conversation(ada, provider):
    provider.script(text="Noted.")
    ask(ada, "Remember the tide at Brest.")
    await_answer(ada)
    ask(ada, "And now?")
    await_answer(ada)

    first, second = provider.bodies()
    assert first.get("previous_response_id") is None
    assert second["previous_response_id"].startswith("resp_")
    assert "Brest" not in str(second["input"])
    expect(questions(ada)).to_have_count(2)


def test_enter_sends_and_shift_enter_breaks_the_line(ada, provider):
    provider.script(text="Two lines.")
    ada.keyboard.type("first")
    ada.keyboard.press("Shift+Enter")
    ada.keyboard.type("second")
    ada.keyboard.press("Enter")

    await_answer(ada)
    assert questions(ada).locator(".words").evaluate("words => words.textContent") == "first\nsecond"


def test_reload_during_an_answer_shows_the_whole_answer_once(ada, provider):
    provider.script(text="High tide is at noon.", deltas=3, at={"6": {"wait": "go"}, "7": {"wait": "end"}})
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")

    ada.reload()
    expect(answers(ada)).to_contain_text("High tide")
    provider.release("go")
    # The text continues in the same paragraph.
    expect(answers(ada).locator("markdown-text > *")).to_have_text(["High tide is at noon."])
    provider.release("end")
    await_answer(ada)
    expect(answers(ada).locator("markdown-text")).to_have_text("High tide is at noon.")
    expect(questions(ada)).to_have_count(1)


def test_stopped_answer_keeps_its_text(ada, provider):
    provider.script(text="High tide is at noon.", **PAUSED)
    ask(ada, "When is high tide?")
    expect(answers(ada)).to_contain_text("High tide")

    ada.get_by_role("button", name="Stop").click()
    expect(ada.get_by_text("Stopped", exact=True)).to_be_visible()
    await_answer(ada)
    expect(answers(ada)).to_contain_text("High tide")
    expect(answers(ada)).not_to_contain_text("noon")

    ada.reload()
    expect(ada.get_by_text("Stopped", exact=True)).to_be_visible()


def test_double_click_on_send_does_not_stop_the_answer(ada, provider):
    provider.script(text="High tide is at noon.", **PAUSED)
    write(message_field(ada), "When is high tide?")
    ada.get_by_role("button", name="Send").dblclick()
    expect(answers(ada)).to_contain_text("High tide")
    provider.release("go")
    await_answer(ada)
    expect(answers(ada)).to_contain_text("noon")
    expect(questions(ada)).to_have_count(1)


def test_failed_answer_says_why_and_the_conversation_continues(ada, provider):
    error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": "Incorrect API key: sk-f***."}
    provider.script(times=1, error={"status": 401, "body": {"error": error}})
    provider.script(text="Here I am.")
    ask(ada, "Are you there?")
    sentence = "The API key was rejected. Tell your admin."
    expect(answers(ada).get_by_role("alert")).to_have_text(sentence)
    expect(ada.get_by_text("Incorrect API key")).to_have_count(0)
    ada.reload()
    expect(answers(ada).get_by_role("alert")).to_have_text(sentence)

    ask(ada, "And now?")
    await_answer(ada)
    expect(answers(ada).last).to_contain_text("Here I am.")


def test_cut_answer_keeps_its_text_and_says_so(ada, provider):
    provider.script(text="High tide is at noon.", deltas=3, at={"5": {"cut": "eof"}})
    ask(ada, "When is high tide?")
    expect(answers(ada).get_by_role("alert")).to_have_text(
        "The connection to the model was lost before the answer was complete. Try again."
    )
    await_answer(ada)
    expect(answers(ada)).to_contain_text("High tide")
    expect(answers(ada)).not_to_contain_text("noon")


def test_refused_message_returns_to_the_message_field(ada):
    # Lift the page's own limit, so that the server refuses it.
    ada.locator("chat-composer").evaluate("composer => composer.dataset.maxCharacters = 1_000_000")
    ask(ada, "tide " * 500)

    expect(ada.get_by_role("alert").filter(has_text="2,000")).to_be_visible()
    expect(ada.get_by_role("textbox", name="Message", exact=True)).to_have_value("tide " * 500)
    expect(questions(ada)).to_have_count(0)


def test_reviewer_reads_the_reason_at_the_failed_answer(open_tab, provider):
    hopper = open_tab("hopper")
    provider.script(error={"status": 401, "body": {"error": {"message": "No such key."}}})
    ask(hopper, "Are you there?")
    for _ in range(2):
        expect(answers(hopper).get_by_role("alert")).to_have_text("The API key was rejected.")
        expect(answers(hopper).get_by_text("No such key.")).to_be_visible()
        hopper.reload()


def test_too_long_message_is_not_sent(ada):
    ask(ada, "tide " * 500)
    expect(ada.get_by_role("alert").filter(has_text="longer than 2,000 characters")).to_be_visible()
    expect(questions(ada)).to_have_count(0)


def test_message_written_offline_is_sent_after_reconnecting(ada, provider):
    provider.script(text="Welcome back.")
    ask(ada, "Is anybody here?")
    await_answer(ada)
    ada.context.set_offline(True)
    expect(ada.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    ask(ada, "Is anybody there?")
    expect(questions(ada).last).to_have_text("Is anybody there?")
    unsent = ada.locator(".unsent", has_text="back online").last
    expect(unsent).to_be_visible()
    expect(ada.get_by_role("timer")).to_have_count(0)

    ada.context.set_offline(False)
    await_answer(ada)
    expect(unsent).to_be_hidden()
    expect(answers(ada).last).to_contain_text("Welcome back.")
    expect(questions(ada)).to_have_count(2)
    assert len(provider.bodies()) == 2


def test_reconnecting_backs_off_while_the_server_closes_every_socket(open_tab):
    tab = open_tab("ada")
    opened: list[WebSocketRoute] = []
    tab.route_web_socket("**/socket/", lambda socket: opened.append(socket))
    tab.clock.install()
    tab.reload()
    closed = 0
    for _ in range(60):
        tab.clock.run_for(1000)
        for socket in opened[closed:]:
            socket.close(code=4503)
            closed += 1
    assert 3 < len(opened) < 15


def test_message_sent_over_a_silently_dead_connection_is_sent_again(open_tab, provider):
    provider.script(text="Welcome back.")
    tab = open_tab("ada")
    sockets: list[WebSocketRoute] = []

    def route(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > 1:
            socket.connect_to_server()

    tab.route_web_socket("**/socket/", route)
    tab.clock.install()
    tab.reload()
    ask(tab, "Is anybody there?")
    expect(questions(tab)).to_have_text("Is anybody there?")

    tab.clock.fast_forward(25_000)
    await_answer(tab)
    expect(answers(tab)).to_contain_text("Welcome back.")
    assert len(provider.bodies()) == 1


def test_second_tab_sees_an_answer_stream(ada, open_tab, provider):
    provider.script(match="first", text="One.")
    provider.script(match="second", text="High tide is at noon.", **PAUSED)
    ask(ada, "The first question")
    await_answer(ada)
    other = open_tab("ada", ada.url)
    expect(answers(other)).to_contain_text("One.")

    ask(ada, "The second question")
    expect(questions(other).last).to_have_text("The second question")
    expect(answers(other).last).to_contain_text("High tide")
    expect(answers(other).last).not_to_contain_text("noon")
    provider.release("go")
    expect(answers(other).last).to_contain_text("noon")
    await_answer(other)


def test_message_of_a_signed_out_person_is_sent_after_signing_in_again(open_tab, provider):
    provider.script(text="Yes.")
    tab = open_tab()
    sign_in(tab, "grace")
    ask(tab, "Who am I?")
    await_answer(tab)
    tab.evaluate("""() => fetch("/sign-out/", {
        method: "POST",
        redirect: "manual",
        headers: {"X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value},
    })""")
    ask(tab, "Am I still here?")
    expect(tab.get_by_role("alert").filter(has_text="signed out")).to_be_visible()
    expect(tab.locator(".unsent", has_text="signed in again").last).to_be_visible()
    # Nothing seems to go on, and what is written now stays.
    for gone in (tab.get_by_role("timer"), tab.get_by_role("button", name="Stop")):
        expect(gone).to_have_count(0)
    tab.keyboard.type("A draft")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert").filter(has_text="Sign in again to send your message.")).to_be_visible()
    expect(message_field(tab)).to_have_value("A draft")

    tab.get_by_role("link", name="Sign in again").click()
    tab.get_by_label("Username").press_sequentially("grace")
    tab.get_by_label("Password").press_sequentially(PEOPLE["grace"])
    tab.get_by_role("button", name="Sign in").click()
    await_answer(tab)
    expect(questions(tab)).to_have_text(["Who am I?", "Am I still here?"])
    expect(message_field(tab)).to_have_value("A draft")
    expect(answers(tab).last).to_contain_text("Yes.")


def test_message_that_failed_on_the_server_keeps_its_id_when_sent_again(open_tab, provider):
    """The message may be stored despite the error, so the page keeps its id until the text changes."""
    provider.script(text="At noon.")
    tab = open_tab("ada")
    ids: list[str] = []

    def sent(frame: str | bytes) -> None:
        command = json.loads(frame)
        if command["type"] == "response.create":
            ids.append(command["client_message_id"])

    tab.on("websocket", lambda socket: socket.on("framesent", sent))
    tab.reload()
    with read_only("conversations_response"):
        ask(tab, "When is high tide?")
        expect(tab.get_by_role("alert").filter(has_text="Something went wrong.")).to_be_visible()
        tab.get_by_role("button", name="Send").click()
        expect(questions(tab)).to_have_count(0)
        tab.reload()
        expect(tab.get_by_role("textbox", name="Message", exact=True)).to_have_value("When is high tide?")
        tab.get_by_role("button", name="Send").click()
        expect(tab.get_by_role("alert").filter(has_text="Something went wrong.")).to_be_visible()
    ask(tab, "When is low tide?")
    await_answer(tab)
    first, second, third, fourth = ids
    assert first == second == third != fourth


def test_answer_stopped_before_its_message_was_sent_is_stopped_after_a_reload(ada, provider):
    provider.script(text="High tide is at noon.", **PAUSED)
    ada.evaluate("WebSocket.prototype.send = () => {}")
    ask(ada, "When is high tide?")
    ada.get_by_role("button", name="Stop").click()
    ada.reload()
    expect(ada.get_by_text("Stopped", exact=True)).to_be_visible()
    await_answer(ada)
    expect(questions(ada)).to_have_text("When is high tide?")
    expect(answers(ada)).not_to_contain_text("noon")


def test_message_stored_despite_an_error_is_not_sent_again(open_tab, provider):
    provider.script(text="At noon.")
    tab = open_tab("ada")
    ask(tab, "When is high tide?")
    await_answer(tab)
    is_lost = [False]

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            server.send(message)
            command = json.loads(message)
            is_lost[0] = command["type"] == "response.create"
            if is_lost[0]:
                error = {"type": "error", "code": "server_error", "message": "That did not work."}
                socket.send(json.dumps(error | {"client_message_id": command["client_message_id"]}))

        socket.on_message(to_server)
        server.on_message(lambda message: None if is_lost[0] else socket.send(message))

    tab.route_web_socket("**/socket/", route)
    tab.reload()
    ask(tab, "And low tide?")
    expect(tab.get_by_role("textbox", name="Message", exact=True)).to_have_value("And low tide?")

    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(questions(tab).last).to_have_text("And low tide?")
    expect(tab.get_by_role("textbox", name="Message", exact=True)).to_have_value("")
    expect(tab.get_by_role("alert")).to_have_count(0)
    await_answer(tab)
