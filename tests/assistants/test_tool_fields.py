"""The tools of an assistant: set in its form, read in its versions, taken along in its file."""

import json

import pytest

from assistants.changes import changes
from assistants.files import export_version, import_assistant
from assistants.forms import AssistantForm
from assistants.models import Assistant
from common.refusal import Refused
from tests.support.assistants import make_assistant

pytestmark = pytest.mark.django_db

SEARCH = {"allowed_domains": ["example.org", "b.example.org"], "search_context_size": "low"}


def form(ada, assistant=None, **fields) -> AssistantForm:
    data = {"name": "Tides", "visibility": "private", "base": 0, **fields}
    return AssistantForm(ada, data, instance=assistant)


def stored(filled: AssistantForm) -> dict:
    assert filled.is_valid(), filled.errors
    return filled.content()["settings"]


def test_without_a_choice_the_site_decides(ada):
    assert stored(form(ada, tools=["calculate"])) == {}


def test_own_tools_may_be_none(ada):
    assert stored(form(ada, tools_of="own")) == {"tools": {}}


def test_web_search_is_stored_with_its_options(ada):
    filled = form(
        ada,
        tools_of="own",
        tools=["calculate", "web_search"],
        search_context_size="low",
        allowed_domains="https://Example.org/tides\r\n\r\nb.example.org",
    )
    assert stored(filled) == {"tools": {"calculate": {}, "web_search": SEARCH}}


def test_images_are_stored_with_what_was_chosen_and_shown_so_again(ada):
    filled = form(
        ada,
        tools_of="own",
        tools=["image_generation"],
        image_size="1536x1024",
        image_background="transparent",
        image_partial_images="0",
    )
    options = {"size": "1536x1024", "background": "transparent", "partial_images": 0}
    assert stored(filled) == {"tools": {"image_generation": options}}
    assistant = make_assistant(ada, settings={"tools": {"image_generation": options}})
    shown = AssistantForm(ada, instance=assistant).initial
    assert [shown[f"image_{name}"] for name in (*options, "quality")] == [*options.values(), None]


def test_images_without_a_choice_have_no_options(ada):
    assert stored(form(ada, tools_of="own", tools=["image_generation"])) == {"tools": {"image_generation": {}}}


@pytest.mark.parametrize(
    "domain", ["localhost", "a b.org", "*.example.org", "example.org:80", "-a.org", "ftp://a.org", "ä.org"]
)
def test_what_is_no_domain_is_said(ada, domain):
    filled = form(ada, tools_of="own", tools=["web_search"], blocked_domains=domain)
    assert filled.errors["blocked_domains"] == [f"This isn't a domain: {domain}"]


def test_options_without_a_field_stay(ada):
    assistant = make_assistant(ada, settings={"tools": {"calculate": {"kept": 1}, "gone": {}}})
    filled = form(ada, assistant, tools_of="own", tools=["calculate"])
    assert stored(filled) == {"tools": {"calculate": {"kept": 1}}}


def test_versions_say_which_tools_differ(ada):
    assistant = make_assistant(ada, settings={"tools": {"web_search": SEARCH}})
    assistant.publish(ada, name="Assistant", settings={"tools": {}})
    old, new = assistant.versions.order_by("number")
    (change,) = changes(old, new, ada)
    shown = {kind: "".join(each.text for each in change.pieces if each.kind != kind) for kind in ("added", "removed")}
    assert (change.label, shown["removed"]) == ("Tools that it may use", "No tools")
    assert shown["added"] == "Web search (allowed_domains: example.org, b.example.org; search_context_size: low)"


def test_file_brings_them_along(ada, grace):
    assistant = make_assistant(ada, settings={"tools": {"calculate": {}, "web_search": SEARCH}})
    copy, notes = import_assistant(grace, export_version(assistant.versions.get()))
    assert (copy.newest.settings, notes) == (assistant.newest.settings, [])


def file(tools: object) -> bytes:
    return json.dumps(
        {"format": "chatsite-assistant", "version": 1, "name": "Tides", "settings": {"tools": tools}}
    ).encode()


def test_tool_that_this_site_does_not_have_is_said(ada):
    _, notes = import_assistant(ada, file({"high_tide": {}, "calculate": {}}))
    assert notes == ["This site doesn't have these tools: high_tide."]
    assert Assistant.objects.get().newest.settings == {"tools": {"calculate": {}}}


@pytest.mark.parametrize(
    "tools", [{"x" * 65: {}}, {"": {}}, ["calculate"], {"calculate": 1}, {str(n): {} for n in range(129)}]
)
def test_file_with_something_else_in_their_place_is_refused(ada, tools):
    with pytest.raises(Refused):
        import_assistant(ada, file(tools))


LIMITS = {"max_tool_calls": 5, "max_tool_rounds": 2, "max_tool_minutes": 0.5}


def test_own_limits_are_kept_compared_and_taken_along(ada, grace):
    assistant = make_assistant(ada)
    assert stored(form(ada, assistant, **LIMITS)) == LIMITS
    assistant.publish(ada, name="Assistant", settings=LIMITS)
    old, new = assistant.versions.order_by("number")
    labels = [change.label for change in changes(old, new, ada)]
    assert labels == ["Most calls of tools", "Most rounds of calls", "Most minutes with tools"]
    copy, _ = import_assistant(grace, export_version(assistant.versions.get(number=2)))
    assert copy.newest.settings == LIMITS
    assert stored(form(ada, assistant)) == {}


@pytest.mark.parametrize("name", LIMITS)
def test_own_limits_are_never_above_those_of_the_site(ada, settings, name):
    setattr(settings, name.upper(), 3)
    assert form(ada, **{name: 4}).errors.keys() == {name}
    assert form(ada, **{name: 0}).errors.keys() == {name}
    file = {"format": "chatsite-assistant", "version": 1, "name": "Tides", "settings": {name: 4}}
    made, _ = import_assistant(ada, json.dumps(file).encode())
    assert made.newest.settings == {name: 3}
