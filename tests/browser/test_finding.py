"""Finding a conversation: in the list, by its title, and by searching its text."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser.chat import answers, ask, await_answer, questions
from tests.support.browser.keys import write
from tests.support.browser.lists import choose, conversations
from tests.support.browser.site import running_site
from tests.support.browser.tabs import sign_in


def ask_in_new_conversations(tab: Page, *questions: str) -> None:
    for question in questions:
        tab.goto("/")
        ask(tab, question)
        await_answer(tab)


def test_generated_title_appears_by_itself(browser, provider):
    provider.script(match="<question>", wait="go", text="Tides at Brest")
    with running_site(provider.base_url, database="titles", TITLE_MODEL="titler") as address:
        tab = browser.new_context(base_url=address).new_page()
        sign_in(tab, "ada")
        ask(tab, "How high is the tide?")
        await_answer(tab)
        expect(conversations(tab)).to_have_text(["How high is the tide?"])
        provider.release("go")
        expect(conversations(tab)).to_have_text(["Tides at Brest"])
        expect(tab).to_have_title("Tides at Brest · Chat")
        tab.context.close()


def test_conversation_is_renamed_pinned_and_archived_in_all_tabs(ada, open_tab, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest", "Lunch")
    other = open_tab("ada")

    choose(ada, "Lunch", "Rename")
    field = ada.get_by_role("textbox", name="New title")
    write(field, "Never")
    field.press("Escape")
    expect(conversations(ada)).to_have_text(["Lunch", "The tide at Brest"])
    choose(ada, "Lunch", "Rename")
    write(field, "Where to eat")
    field.press("Enter")
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["Where to eat", "The tide at Brest"])
    expect(ada).to_have_title("Where to eat · Chat")

    choose(ada, "The tide at Brest", "Pin")
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["The tide at Brest", "Where to eat"])
        expect(tab.locator("li.day")).to_have_text(["Pinned", "Today"])

    choose(ada, "The tide at Brest", "Archive")
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["Where to eat"])
    ada.get_by_role("button", name="Undo").click()
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["The tide at Brest", "Where to eat"])

    choose(ada, "The tide at Brest", "Archive")
    expect(ada.get_by_text("“The tide at Brest” was archived.")).to_be_visible()
    ada.get_by_role("link", name="Archived").click()
    expect(conversations(ada)).to_have_text(["The tide at Brest"])
    choose(ada, "The tide at Brest", "Unarchive")
    expect(conversations(ada)).to_have_count(0)
    expect(conversations(other)).to_have_text(["The tide at Brest", "Where to eat"])
    ada.get_by_role("link", name="All conversations").click()
    expect(conversations(ada)).to_have_text(["The tide at Brest", "Where to eat"])


def test_open_conversation_is_renamed_pinned_and_deleted_at_the_top(ada, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest", "Lunch")
    header = ada.get_by_role("banner")

    def choose_at_the_top(choice: str) -> None:
        header.get_by_role("button", name="This conversation").click()
        ada.get_by_role("menuitem", name=choice, exact=True).click()

    header.get_by_role("button", name="Lunch").click()
    ada.keyboard.type("Where to eat")
    ada.keyboard.press("Enter")
    expect(header.get_by_role("button", name="Where to eat")).to_be_focused()
    expect(conversations(ada)).to_have_text(["Where to eat", "The tide at Brest"])
    expect(ada).to_have_title("Where to eat · Chat")

    ada.get_by_role("link", name="The tide at Brest").click()
    expect(header.get_by_role("button", name="The tide at Brest")).to_be_visible()
    choose_at_the_top("Pin")
    expect(conversations(ada)).to_have_text(["The tide at Brest", "Where to eat"])
    choose_at_the_top("Rename")
    ada.keyboard.type("Tides")
    ada.keyboard.press("Escape")
    expect(conversations(ada).first).to_have_text("The tide at Brest")
    choose_at_the_top("Delete")
    expect(conversations(ada)).to_have_text(["Where to eat"])
    ada.get_by_role("button", name="Undo").click()
    expect(header.get_by_role("button", name="The tide at Brest")).to_be_visible()


def test_archived_conversation_says_so_and_stands_in_the_archive(ada, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest", "Lunch")
    notice = ada.locator(".archived-notice")
    expect(notice).to_be_hidden()
    choose(ada, "Lunch", "Archive")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("This conversation is archived.")
    ada.get_by_role("link", name="The tide at Brest").click()
    expect(questions(ada)).to_have_text(["The tide at Brest"])
    expect(notice).to_be_hidden()

    ada.go_back()
    expect(notice).to_be_visible()
    for _ in range(2):
        expect(conversations(ada)).to_have_text(["Lunch"])
        expect(ada.locator("[aria-current=page]")).to_have_text(["Lunch"])
        ada.reload()
    notice.get_by_role("button", name="Unarchive").click()
    expect(notice).to_be_hidden()
    ada.get_by_role("button", name="New conversation").click()
    expect(conversations(ada)).to_have_text(["Lunch", "The tide at Brest"])


def test_deletion_is_undone_from_the_list_and_from_the_open_conversation(ada, open_tab, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest", "Lunch")
    other = open_tab("ada", ada.url)

    choose(ada, "The tide at Brest", "Delete")
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["Lunch"])
    expect(conversations(ada).first).to_be_focused()
    ada.get_by_role("button", name="Undo").click()
    for tab in (ada, other):
        expect(conversations(tab)).to_have_text(["Lunch", "The tide at Brest"])

    address = ada.url
    choose(ada, "Lunch", "Delete")
    for tab in (ada, other):
        expect(tab).to_have_url(re.compile(r":\d+/$"))
        expect(conversations(tab)).to_have_text(["The tide at Brest"])
    ada.get_by_role("button", name="Undo").click()
    expect(ada).to_have_url(address)
    expect(answers(ada)).to_have_text(re.compile("Noted."))


def test_menu_of_a_list_entry_works_by_keyboard(ada, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest")
    options = ada.get_by_role("button", name="Options for The tide at Brest")
    options.press("Enter")
    expect(ada.get_by_role("menuitem", name="Rename")).to_be_focused()
    ada.keyboard.press("ArrowUp")
    expect(ada.get_by_role("menuitem", name="Delete")).to_be_focused()
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("menu")).to_be_hidden()
    expect(options).to_be_focused()


def test_deletion_is_undone_by_keyboard_even_after_a_minute(ada, provider):
    provider.script(text="Noted.")
    ask_in_new_conversations(ada, "The tide at Brest", "Lunch")
    ada.clock.install()

    def delete() -> None:
        ada.get_by_role("button", name="Options for The tide at Brest").press("Enter")
        expect(ada.get_by_role("menuitem", name="Rename")).to_be_focused()
        ada.keyboard.press("ArrowUp")
        ada.keyboard.press("Enter")
        # The list may hear of it over the socket, before the request is answered.
        expect(ada.get_by_role("button", name="Undo")).to_be_visible()
        expect(conversations(ada)).to_have_text(["Lunch"])
        expect(conversations(ada).first).to_be_focused()

    delete()
    ada.clock.run_for(60_000)
    message = ada.get_by_role("textbox", name="Message", exact=True)
    message.press_sequentially("ab")
    message.press("Control+Z")
    expect(message).to_have_value("")
    expect(conversations(ada)).to_have_text(["Lunch"])
    ada.keyboard.press("Tab")
    ada.keyboard.press("Control+Z")
    expect(conversations(ada)).to_have_text(["Lunch", "The tide at Brest"])

    delete()
    ada.mouse.move(600, 400)
    ada.clock.run_for(11_000)
    expect(ada.get_by_role("button", name="Undo")).to_be_hidden()


def test_search_result_shows_its_match_and_opens_there(ada, provider):
    provider.script(match="grows", text="Mostly **samphire**.\n\n" + "And mud.\n\n" * 60)
    provider.script(text="Nothing at all.")
    ask_in_new_conversations(ada, "Lunch", "What grows in the marsh?")
    ask(ada, "And on the moon?")
    await_answer(ada)
    ada.goto("/")

    search = ada.get_by_role("searchbox", name="Search conversations")
    search.press_sequentially("submarine")
    expect(ada.get_by_role("status").get_by_text("No results")).to_be_visible()
    write(search, "samph")
    results = ada.get_by_role("list", name="Search results").get_by_role("link")
    expect(results).to_have_count(1)
    expect(results.locator("mark")).to_have_text("samphire")
    expect(results.locator(".snippet")).to_contain_text("Mostly samphire")
    expect(results.locator(".when")).to_have_text(re.compile(r"\d:\d\d"))
    expect(conversations(ada).first).to_be_hidden()
    search.press("ArrowDown")
    expect(results.first).to_be_focused()
    ada.keyboard.press("Enter")

    expect(ada).to_have_url(re.compile(r"/conversations/.+\?response=.+#find=samph$"))
    expect(ada.get_by_text("samphire", exact=True).last).to_be_in_viewport()
    assert ada.evaluate("[...CSS.highlights.get('found')].map(String)") == ["samphire"]
    # The list of results stays.
    expect(results).to_have_count(1)
    search.press("Escape")
    expect(search).to_have_value("")
    expect(conversations(ada)).to_have_text(["What grows in the marsh?", "Lunch"])
    assert ada.evaluate("CSS.highlights.has('found')") is False


def test_search_result_opens_at_a_match_far_down_even_on_the_open_page(open_tab, provider):
    mud = "And mud, and more of it, and " * 200
    code = '```python\nplant = "glasswort"\n```'
    text = "\n\n".join([*["And mud."] * 3000, f"{mud} samphire {mud}", code, *["And mud."] * 60])
    provider.script(match="grows", text=text)
    provider.script(text="Nothing at all.")
    tab = open_tab("ada", viewport={"width": 390, "height": 700})
    ask_in_new_conversations(tab, "What is on the moon?")
    ask(tab, "And in the marsh, what grows?")
    await_answer(tab)

    def search_for(word: str) -> None:
        tab.get_by_role("button", name="Show conversations").click()
        write(tab.get_by_role("searchbox", name="Search conversations"), word)
        result = tab.get_by_role("list", name="Search results").get_by_role("link")
        expect(result.locator("mark")).to_have_text(word)
        result.click()
        expect(tab.get_by_role("button", name="Show conversations")).to_be_visible()

    def expect_to_see(word: str) -> None:
        tab.wait_for_function(
            """word => {
                const [range] = CSS.highlights.get("found") ?? [];
                const { top = 0, bottom = 0 } = range?.getBoundingClientRect() ?? {};
                return String(range) === word && top > 100 && bottom < innerHeight - 100;
            }""",
            arg=word,
        )

    tab.goto("/")
    search_for("samphire")
    expect_to_see("samphire")
    search_for("glasswort")
    expect_to_see("glasswort")
    search_for("glasswort")
    tab.reload()
    expect(tab.locator(".hljs-string")).to_have_count(1)
    expect_to_see("glasswort")


# As Safari sends the key press that ends a composition.
PRESS_IN_INPUT_METHOD = """(field, key) => {
    field.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode: 229, bubbles: true, cancelable: true }));
}"""


def test_keys_of_an_input_method_end_no_search_and_no_renaming(ada):
    ask_in_new_conversations(ada, "When is high tide?")
    search = ada.get_by_role("searchbox", name="Search conversations")
    write(search, "tide")
    expect(ada.get_by_text("1 result", exact=True)).to_be_attached()
    for key in ("Escape", "Enter", "ArrowDown"):
        search.evaluate(PRESS_IN_INPUT_METHOD, key)
    expect(search).to_have_value("tide")
    expect(search).to_be_focused()
    search.press("Escape")

    choose(ada, "When is high tide?", "Rename")
    field = ada.get_by_role("textbox", name="New title")
    for key in ("Escape", "Enter"):
        field.evaluate(PRESS_IN_INPUT_METHOD, key)
    expect(field).to_be_focused()


def test_failed_search_says_so(ada):
    ada.route("**/search/**", lambda route: route.abort("internetdisconnected"))
    write(ada.get_by_role("searchbox", name="Search conversations"), "tides")
    expect(ada.get_by_text("The connection was lost. Try again.")).to_be_visible()
