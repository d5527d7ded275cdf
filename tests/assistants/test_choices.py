"""What answers a message: chosen, continued or by default; and what a person may not use."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from assistants.choices import Choice, Choices, Person, Wish
from assistants.formats.response_format import JsonSchema
from assistants.models import Assistant, Default
from assistants.request_settings import RequestSettings, stored_settings
from common.refusal import Refused
from providers.models import Model, Provider
from tests.support.assistants import make_assistant, make_model

pytestmark = pytest.mark.django_db


def person(user: User) -> Person:
    return Person(user.pk, user.username, frozenset(user.groups.values_list("pk", flat=True)))


def choose(user: User, wish: Wish = Wish(), before: Wish = Wish()) -> Choice:  # noqa: B008
    return Choices().choose(person(user), wish, before)


def refusal(user: User, wish: Wish, before: Wish = Wish()) -> str:  # noqa: B008
    with pytest.raises(Refused) as refused:
        choose(user, wish, before)
    return refused.value.code


class TestDefaults:
    def test_without_any_choice_the_settings_answer(self, ada, settings):
        choice = choose(ada)
        assert (choice.model, choice.instructions) == (settings.MODEL, settings.INSTRUCTIONS)

    def test_person_comes_before_group_before_site(self, ada):
        group = Group.objects.create(name="Crew")
        ada.groups.add(group)
        of_site, of_group, own = (make_model(name) for name in ("of-site", "of-group", "own"))
        Default.objects.create(model=of_site)
        assert choose(ada).model == "of-site"
        Default.objects.create(model=of_group, group=group)
        assert choose(ada).model == "of-group"
        Default.objects.create(model=own, user=ada)
        assert choose(ada).model == "own"

    def test_default_of_another_group_is_none(self, ada):
        Default.objects.create(model=make_model("theirs"), group=Group.objects.create(name="Others"))
        assert choose(ada).model != "theirs"

    def test_what_is_gone_or_closed_gives_way_to_the_next(self, ada, grace):
        Default.objects.create(model=make_model("of-site"))
        archived = make_assistant(ada, archived_at="2026-01-01T00:00Z")
        Default.objects.create(assistant=archived, user=ada)
        Default.objects.create(assistant=make_assistant(ada), user=grace)
        assert choose(ada).model == choose(grace).model == "of-site"
        closed = make_model("closed", groups=[Group.objects.create(name="Board")])
        for model in (closed, make_model("retired", is_enabled=False)):
            Default.objects.filter(user=ada).update(assistant=make_assistant(ada, model=model))
            assert choose(ada).model == "of-site"


class TestAssistants:
    @pytest.mark.parametrize(
        ("output_format", "mode"), [("json_schema", "json_schema"), ("json_object", "json_object"), ("", "text")]
    )
    def test_format_is_asked_for_as_the_model_knows_formats(self, ada, output_format, mode):
        settings = stored_settings(RequestSettings(format=JsonSchema("tides", "{}")))
        model = make_model("m", output_format=output_format)
        choice = choose(ada, Wish(assistant=make_assistant(ada, model=model, settings=settings).pk))
        assert choice.settings.format == JsonSchema("tides", "{}", mode=mode)

    def test_answers_with_its_newest_version(self, ada):
        assistant = make_assistant(ada, instructions="Be brief.")
        assistant.publish(ada, name="Pilot", instructions="Be long.", settings={"temperature": 0.5})
        choice = choose(ada, Wish(assistant=assistant.pk))
        assert (choice.instructions, choice.settings.temperature) == ("Be long.", 0.5)
        assert choice.version is not None
        assert choice.version.number == 2

    def test_outsider_and_the_group_left_are_refused_alike(self, ada, grace, mallory):
        group = Group.objects.create(name="Crew")
        assistant = make_assistant(ada, visibility=Assistant.Visibility.GROUPS)
        assistant.groups.add(group)
        grace.groups.add(group)
        wish = Wish(assistant=assistant.pk)
        assert choose(grace, wish).version == assistant.newest
        assert refusal(mallory, wish) == "assistant_not_found"
        grace.groups.remove(group)
        assert refusal(grace, wish) == "assistant_not_found"
        assert refusal(grace, Wish(), before=wish) == "assistant_not_found"

    def test_archived_one_says_its_name(self, ada):
        assistant = make_assistant(ada, name="Pilot", archived_at="2026-01-01T00:00Z")
        with pytest.raises(Refused) as refused:
            choose(ada, Wish(), before=Wish(assistant=assistant.pk))
        assert (refused.value.code, "Pilot" in refused.value.message) == ("assistant_archived", True)

    def test_brings_its_model_to_nobody_who_may_not_use_it_now(self, ada, grace):
        group = Group.objects.create(name="Board")
        model = make_model("dear", groups=[group])
        assistant = make_assistant(ada, name="Pilot", visibility=Assistant.Visibility.EVERYBODY, model=model)
        wish = Wish(assistant=assistant.pk)
        ada.groups.add(group)
        assert choose(ada, wish).model == "dear"
        ada.groups.remove(group)
        for user in (ada, grace):
            with pytest.raises(Refused) as refused:
                choose(user, wish)
            assert (refused.value.code, refused.value.param) == ("model_not_found", "assistant")
            assert refused.value.message == (
                "Pilot answers with a model that isn't offered any more, or not to you. Choose another one."
            )


class TestModels:
    def test_disabled_one_is_refused_and_no_longer_continued(self, ada, settings):
        model = make_model("retired", is_enabled=False)
        assert refusal(ada, Wish(model=model.pk)) == "model_not_found"
        assert choose(ada, Wish(), before=Wish(model=model.pk)).model == settings.MODEL

    def test_model_of_a_disabled_provider_is_refused(self, ada):
        model = make_model("far")
        Provider.objects.filter(pk=model.provider_id).update(is_enabled=False)
        assert refusal(ada, Wish(model=model.pk)) == "model_not_found"

    def test_continues_with_what_answered_before(self, ada):
        model = make_model("thinker", efforts=["low", "high"])
        choice = choose(ada, Wish(), before=Wish(model=model.pk, effort="high"))
        assert (choice.model, choice.settings.effort) == ("thinker", "high")

    @pytest.mark.parametrize(("wanted", "sent"), [("high", "high"), ("max", None)])
    def test_only_efforts_that_it_takes_are_sent(self, ada, wanted, sent):
        model = make_model("thinker", efforts=["low", "high"])
        assert choose(ada, Wish(model=model.pk, effort=wanted)).settings.effort == sent

    def test_verbosity_and_summary_only_where_they_are_taken(self, ada):
        plain, rich = make_model("plain"), make_model("rich", takes_verbosity=True, takes_summaries=True)
        for model, expected in ((plain, (None, None)), (rich, ("low", "auto"))):
            settings = choose(ada, Wish(model=model.pk, verbosity="low")).settings
            assert (settings.verbosity, settings.summary) == expected

    def test_what_chat_completions_alone_has_is_sent_there_alone(self, ada):
        for dialect, sent in ((Provider.Dialect.RESPONSES, None), (Provider.Dialect.CHAT_COMPLETIONS, 7)):
            model = make_model(f"of {dialect}", dialect=dialect)
            assistant = make_assistant(ada, model=model, settings={"seed": 7})
            assert choose(ada, Wish(assistant=assistant.pk)).settings.seed == sent


def test_new_row_is_found_although_the_rest_was_looked_up_just_before(ada, monkeypatch):
    monkeypatch.setattr("assistants.choices.MISS_SECONDS", 0)
    choices = Choices()
    choices.choose(person(ada), Wish())
    model = make_model("brand-new")
    assert choices.choose(person(ada), Wish(model=model.pk)).model == "brand-new"


def test_new_row_for_a_group_is_nobody_elses(ada, monkeypatch):
    monkeypatch.setattr("assistants.choices.MISS_SECONDS", 0)
    choices = Choices()
    choices.choose(person(ada), Wish())
    model = make_model("brand-new", groups=[Group.objects.create(name="Board")])
    with pytest.raises(Refused):
        choices.choose(person(ada), Wish(model=model.pk))


def test_nothing_is_asked_of_the_database_for_the_next_message(ada, django_assert_num_queries):
    assistant = make_assistant(ada, model=make_model("thinker"))
    choices, who, wish = Choices(), person(ada), Wish(assistant=assistant.pk)
    choices.choose(who, wish)
    with django_assert_num_queries(0):
        choices.choose(who, wish)


class TestTools:
    @pytest.fixture
    def model(self, settings) -> Model:
        settings.DEFAULT_TOOLS = ["current_time"]
        return make_model("caller", takes_functions=True)

    def test_site_has_some_on_for_the_models_that_take_them(self, ada, model):
        assert choose(ada, Wish(model=model.pk)).settings.tools == {"current_time": {}}
        assert choose(ada, Wish(model=make_model("plain").pk)).settings.tools is None

    def test_assistant_has_its_own_and_may_have_none(self, ada, model):
        for stored in ({}, {"other": {"size": 1}}):
            assistant = make_assistant(ada, model=model, settings={"tools": stored})
            assert choose(ada, Wish(assistant=assistant.pk)).settings.tools == (stored or None)

    def test_person_switches_them_for_a_message(self, ada, model):
        assistant = make_assistant(ada, model=model, settings={"tools": {"kept": {}, "other": {"size": 1}}})
        switches = {"other": False, "current_time": True, "unknown": True, "kept": True}
        wish = Wish(assistant=assistant.pk, tools=switches)
        assert choose(ada, wish).settings.tools == {"kept": {}, "current_time": {}}

    def test_switches_hold_for_what_is_continued(self, ada, model):
        choice = choose(ada, Wish(tools={"current_time": False}), before=Wish(model=model.pk))
        assert (choice.model, choice.settings.tools) == ("caller", {})
