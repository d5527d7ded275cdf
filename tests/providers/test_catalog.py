"""What a process knows of providers and models without the database."""

import pytest
from django.core.management import call_command

from providers import catalog
from providers.encryption import encrypt
from providers.environment import ENVIRONMENT_ID
from providers.failures import Failure
from providers.models import Model, Provider
from providers.registry import Clients


@pytest.fixture
def local(db) -> Provider:
    return Provider.objects.create(
        name="Local",
        base_url="http://127.0.0.1:11434/v1",
        key=encrypt("sk-local-key"),
        headers=encrypt('{"x-team": "a"}'),
    )


class TestProviderOfTheSettings:
    def test_it_is_known_without_the_database(self, settings):
        settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT = "http://127.0.0.1:8080/v1", 7
        provider = catalog.provider(None)
        assert (provider.endpoint.base_url, provider.endpoint.timeout) == ("http://127.0.0.1:8080/v1", 7)
        assert provider.id == ENVIRONMENT_ID

    def test_it_follows_the_settings(self, settings):
        assert catalog.provider(None).store
        settings.STORE = False
        assert not catalog.provider(None).store

    def test_its_row_keeps_what_was_found_and_not_what_an_earlier_dialect_lacked(self, db):
        row = {"dialect": Provider.Dialect.CHAT_COMPLETIONS, "capabilities": {"resume": False}}
        Provider.objects.filter(pk=ENVIRONMENT_ID).update(**row)
        catalog.refresh()
        found = catalog.provider(None)
        assert [found.can(each) for each in ("chain", "background", "resume")] == [True, True, False]

    def test_it_has_a_row_without_its_key(self, db, settings):
        settings.MODEL, settings.OPENAI_API_KEY, settings.STORE = "gpt-5.1", "sk-of-the-settings", False
        call_command("migrate", verbosity=0)
        row = Provider.objects.get(is_from_environment=True)
        assert (row.pk, row.key, row.store) == (ENVIRONMENT_ID, "", False)
        assert row.models.get(name="gpt-5.1").efforts == ["none", "low", "medium", "high"]

    def test_what_an_admin_changed_of_its_model_stays(self, db, settings):
        settings.MODEL = "gpt-5.1"
        call_command("migrate", verbosity=0)
        Model.objects.filter(name="gpt-5.1").update(title="The quick one", is_enabled=False)
        call_command("migrate", verbosity=0)
        row = Model.objects.get(name="gpt-5.1")
        assert (row.title, row.is_enabled) == ("The quick one", True)

    def test_its_name_gives_way_to_that_of_another_one(self, db, settings):
        settings.USES_STANDIN, settings.OPENAI_BASE_URL = False, None
        Provider.objects.create(name="OpenAI", base_url="https://example.org/v1")
        call_command("migrate", verbosity=0)
        assert Provider.objects.get(pk=ENVIRONMENT_ID).name == "OpenAI (settings)"


class TestOtherProviders:
    def test_they_are_known_after_a_refresh(self, local, django_assert_num_queries):
        assert not catalog.is_known(local.pk)
        catalog.refresh()
        with django_assert_num_queries(0):
            endpoint = catalog.provider(local.pk).endpoint
            assert (endpoint.key, endpoint.headers) == ("sk-local-key", (("x-team", "a"),))
            assert catalog.is_known(local.pk)

    def test_one_that_is_gone_fails_with_a_sentence(self, local):
        with pytest.raises(Failure, match="provider_not_found"):
            Clients().of(local.pk)

    def test_key_that_cannot_be_read_fails_with_a_sentence(self, local, settings):
        settings.SECRET_KEY = "another secret key, of at least 32 characters"
        catalog.refresh()
        with pytest.raises(Failure, match="key_undecryptable"):
            Clients().of(local.pk)

    def test_client_is_made_anew_when_its_row_has_changed(self, local):
        catalog.refresh()
        clients = Clients()
        before = clients.of(local.pk)
        catalog.refresh()
        assert clients.of(local.pk) is before
        Provider.objects.filter(pk=local.pk).update(key=encrypt("sk-newer-key"))
        catalog.refresh()
        assert clients.of(local.pk).endpoint.key == "sk-newer-key"

    def test_dialect_limits_what_a_provider_can_do(self, local):
        Provider.objects.filter(pk=local.pk).update(dialect="chat_completions", background="always")
        catalog.refresh()
        provider = catalog.provider(local.pk)
        assert not provider.store
        assert not provider.can("chain")
        assert not provider.runs_in_background(catalog.model(local.pk, "gpt-5.5"))

    def test_disabled_provider_is_still_known(self, local):
        Provider.objects.filter(pk=local.pk).update(is_enabled=False)
        catalog.refresh()
        assert catalog.is_known(local.pk)


class TestModels:
    def test_row_says_what_a_model_takes(self, local):
        local.models.create(name="gpt-5.5", efforts=["low"], default_effort="low")
        catalog.refresh()
        model = catalog.model(local.pk, "gpt-5.5")
        assert (model.efforts, model.default_effort) == (("low",), "low")

    def test_name_says_it_if_there_is_no_row(self, db):
        model = catalog.model(None, "gpt-5.1")
        assert model.efforts == ("none", "low", "medium", "high")

    @pytest.mark.parametrize(
        ("name", "effort", "thinks", "takes_temperature"),
        [
            ("gpt-5.1", "", False, True),
            ("gpt-5.1", "low", True, False),
            ("gpt-5.5", "", True, False),
            ("gpt-5.5", "none", False, True),
            ("gpt-6.2-sol", "", True, False),
            ("gpt-4o", "", False, True),
            ("o3", "low", True, False),
        ],
    )
    def test_temperature_depends_on_the_effort(self, name, effort, thinks, takes_temperature):
        model = catalog.model(None, name)
        assert (model.thinks(effort), model.takes_temperature(effort)) == (thinks, takes_temperature)
