"""The admin's pages of providers and models."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connections
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Response
from providers import catalog
from providers.encryption import decrypt, encrypt
from providers.environment import ENVIRONMENT_ID
from providers.models import Model, Provider
from tests.support.conversations import queue_message
from tests.support.ports import free_port
from tools.models import McpConnection, McpServer

PROVIDERS = "/admin/providers/provider/"
MODELS = "/admin/providers/model/"
KEY = "sk-of-another-provider"
ANOTHER = "another secret key, of at least 32 characters"


@pytest.fixture
def admin(client, hopper) -> Client:
    client.force_login(hopper)
    return client


@pytest.fixture
def other(db, provider) -> Provider:
    """Return a provider beside that of the settings, which is the stand-in, too."""
    return Provider.objects.create(name="Other", base_url=provider.base_url, key=encrypt(KEY))


def written(**fields: Any) -> dict[str, Any]:
    """Return what somebody writes into the form of a provider."""
    return {
        "name": "Other",
        "dialect": "responses",
        "base_url": "https://models.example/v1/",
        "is_enabled": "on",
        "store": "on",
        "background": "auto",
        "timeout": "300",
        "connect_timeout": "10",
        **fields,
    }


def saved(**fields: Any) -> Provider:
    return Provider.objects.get(name="Other", **fields)


class TestProviders:
    def test_key_and_headers_are_stored_encrypted(self, admin):
        admin.post(f"{PROVIDERS}add/", written(new_key=KEY, new_headers="X-Team: tides\nX-Gate: secret-of-the-gate"))
        row = saved()
        assert KEY not in row.key
        assert decrypt(row.key) == KEY
        assert decrypt(row.headers) == '{"X-Team":"tides","X-Gate":"secret-of-the-gate"}'
        assert row.base_url == "https://models.example/v1"

    def test_secrets_are_never_shown_again(self, admin, other, caplog):
        headers = encrypt('{"X-Gate":"secret-of-the-gate"}')
        Provider.objects.filter(pk=other.pk).update(headers=headers)
        admin.post(f"{PROVIDERS}{other.pk}/change/", written(new_key="sk-newer-than-that", name=""))
        for address in (PROVIDERS, f"{PROVIDERS}{other.pk}/change/", f"{PROVIDERS}{other.pk}/history/"):
            page = admin.get(address).content.decode()
            assert not [secret for secret in (KEY, "secret-of-the-gate", other.key, headers) if secret in page]
        assert "X-Gate" in admin.get(f"{PROVIDERS}{other.pk}/change/").content.decode()
        assert "sk-newer-than-that" not in caplog.text

    def test_key_is_not_repeated_when_something_else_is_wrong(self, admin):
        page = admin.post(f"{PROVIDERS}add/", written(new_key=KEY, base_url="models.example"))
        assert page.status_code == 200
        assert KEY not in page.content.decode()

    @pytest.mark.parametrize(("new_key", "kept"), [("", KEY), ("-", ""), ("sk-newer-key", "sk-newer-key")])
    def test_key_is_kept_replaced_or_removed(self, admin, other, new_key, kept):
        admin.post(f"{PROVIDERS}{other.pk}/change/", written(base_url=other.base_url, new_key=new_key))
        assert decrypt(saved().key) == kept

    def test_secrets_are_not_sent_to_another_address_unless_they_are_written_again(self, admin, other):
        headers = encrypt('{"X-Gate":"secret-of-the-gate"}')
        Provider.objects.filter(pk=other.pk).update(headers=headers)
        address = f"{PROVIDERS}{other.pk}/change/"
        for again in ({}, {"new_key": KEY}, {"new_headers": "-"}):
            page = admin.post(address, written(**again))
            assert "The address is another one." in page.content.decode()
        assert saved().base_url == other.base_url
        assert admin.post(address, written(base_url=f"{other.base_url}/v2")).status_code == 302
        assert admin.post(address, written(new_key="-", new_headers="-")).status_code == 302
        assert (saved().base_url, saved().key, saved().headers) == ("https://models.example/v1", "", "")

    def test_change_is_known_to_this_process_at_once(self, admin, other):
        admin.post(f"{PROVIDERS}{other.pk}/change/", written(base_url="https://elsewhere.example/v1", new_key="-"))
        assert catalog.provider(other.pk).endpoint.base_url == "https://elsewhere.example/v1"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"base_url": "models.example/v1"},
            {"base_url": "ftp://models.example"},
            {"base_url": "https://ada:secret@models.example"},
            {"base_url": "https://models.example/v1?key=1"},
            {"base_url": "https://models.example:none/"},
            {"timeout": "0"},
            {"timeout": "99999"},
            {"connect_timeout": "nan"},
            {"new_key": "two words"},
            {"new_key": "schlüssel"},
            {"new_headers": "no colon"},
            {"new_headers": "Authorization: Bearer x"},
            {"new_headers": "Host: elsewhere"},
            {"new_headers": "X-Team: tides\x00"},
            {"new_headers": "\n".join(f"X-{number}: 1" for number in range(30))},
        ],
    )
    def test_what_cannot_be_used_is_refused_with_a_sentence(self, admin, wrong):
        page = admin.post(f"{PROVIDERS}add/", written(**wrong))
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
        assert not Provider.objects.filter(name="Other").exists()

    def test_unreadable_key_says_what_to_do(self, admin, other, hopper, settings):
        settings.SECRET_KEY = ANOTHER
        admin.force_login(hopper)
        for address in (PROVIDERS, f"{PROVIDERS}{other.pk}/change/"):
            assert "SECRET_KEY_FALLBACKS" in admin.get(address).content.decode()
        admin.post(f"{PROVIDERS}{other.pk}/change/", written(new_key="sk-newer-key"))
        assert decrypt(saved().key) == "sk-newer-key"

    def test_provider_of_the_settings_is_shown_and_cannot_be_changed(self, admin):
        call_command("migrate", verbosity=0)
        address = f"{PROVIDERS}{ENVIRONMENT_ID}/"
        page = admin.get(f"{address}change/").content.decode()
        assert "OPENAI_BASE_URL" in page
        assert 'name="base_url"' not in page
        assert admin.post(f"{address}change/", written()).status_code == 403
        assert admin.post(f"{address}delete/", {"post": "yes"}).status_code == 403
        assert Provider.objects.filter(pk=ENVIRONMENT_ID).exists()

    def test_provider_that_answered_is_kept(self, admin, other, ada):
        response, _ = queue_message(Conversation.objects.create(user=ada), user=ada, input=[])
        Response.objects.filter(pk=response.pk).update(provider=other)
        page = admin.post(f"{PROVIDERS}{other.pk}/delete/", {"post": "yes"})
        assert "Disable it instead" in page.content.decode()
        assert Provider.objects.filter(pk=other.pk).exists()

    def test_provider_that_nobody_used_is_deleted_with_its_models(self, admin, other):
        other.models.create(name="small")
        admin.post(f"{PROVIDERS}{other.pk}/delete/", {"post": "yes"})
        assert not Provider.objects.filter(pk=other.pk).exists()
        assert not catalog.is_known(other.pk)


class TestModels:
    def test_list_says_who_may_use_a_model_and_when_it_ends(self, admin, other):
        today = timezone.localdate()
        for name, days in (("ended", -1), ("ending", 30), ("later", 300)):
            other.models.create(name=name, shutdown_on=today + timedelta(days=days))
        other.models.get(name="later").groups.add(Group.objects.create(name="Research"))
        page = admin.get(f"{MODELS}?provider__id__exact={other.pk}").content.decode()
        assert f"Ended on {today - timedelta(days=1)}" in page
        assert f"Ends on {today + timedelta(days=30)}, in 30 days" in page
        assert page.count('class="warning"') == 2
        assert "Research" in page

    def test_model_is_changed_and_known_at_once(self, admin, other):
        model = other.models.create(name="small")
        fields = {"title": "Quick", "is_enabled": "on", "efforts": ["low", "high"], "default_effort": "low"}
        admin.post(f"{MODELS}{model.pk}/change/", {**fields, "temperature": "never", "output_format": "json_schema"})
        known = catalog.model(other.pk, "small")
        assert (known.efforts, known.default_effort, known.temperature) == (("low", "high"), "low", "never")
        row = other.models.get(name="small")
        assert (row.title, row.output_format) == ("Quick", "json_schema")

    def test_new_model_gets_what_its_family_takes(self, admin, other):
        admin.post(f"{MODELS}add/", {"provider": str(other.pk), "name": "gpt-5.1", "is_enabled": "on"})
        assert catalog.model(other.pk, "gpt-5.1").efforts == ("none", "low", "medium", "high")
        assert other.models.get().context_window == 400_000

    def test_default_effort_must_be_one_that_the_model_takes(self, admin, other):
        model = other.models.create(name="small")
        fields = {"efforts": ["low"], "default_effort": "high", "temperature": "always"}
        assert "errorlist" in admin.post(f"{MODELS}{model.pk}/change/", fields).content.decode()

    def test_model_of_the_settings_stays_enabled(self, admin, settings):
        settings.MODEL = "gpt-5.5"
        call_command("migrate", verbosity=0)
        model = Model.objects.get(name="gpt-5.5")
        admin.post(f"{MODELS}{model.pk}/change/", {"temperature": "always"})
        model.refresh_from_db()
        assert model.is_enabled
        page = admin.post(f"{MODELS}{model.pk}/delete/", {"post": "yes"})
        assert page.status_code == 403


class TestFetching:
    def test_listed_models_become_rows(self, admin, other):
        other.models.create(name="standin", title="Known")
        other.models.create(name="retired")
        page = admin.post(f"{PROVIDERS}{other.pk}/fetch/", follow=True).content.decode()
        assert "1 new model." in page
        assert "Not listed any more: retired." in page
        row = other.models.get(name="standin-reasoning")
        assert (row.is_enabled, row.efforts) == (True, ["low", "medium", "high"])
        assert other.models.get(name="standin").title == "Known"

    def test_refused_key_is_said(self, admin, other):
        Provider.objects.filter(pk=other.pk).update(key=encrypt("sk-wrong"))
        page = admin.post(f"{PROVIDERS}{other.pk}/fetch/", follow=True).content.decode()
        assert "The API key was rejected." in page

    def test_provider_that_is_down_is_said(self, admin, other):
        Provider.objects.filter(pk=other.pk).update(base_url=f"http://127.0.0.1:{free_port()}/v1")
        page = admin.post(f"{PROVIDERS}{other.pk}/fetch/", follow=True).content.decode()
        assert "can&#x27;t be reached" in page

    def test_unreadable_key_is_said(self, admin, other, hopper, settings):
        settings.SECRET_KEY = ANOTHER
        admin.force_login(hopper)
        assert "SECRET_KEY_FALLBACKS" in admin.post(f"{PROVIDERS}{other.pk}/fetch/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
class TestTesting:
    @pytest.fixture(autouse=True)
    async def connections(self) -> AsyncIterator[None]:
        """Close the connections that Django's test client leaves open."""
        yield
        await sync_to_async(connections.close_all)()

    @staticmethod
    async def page(user: User, provider: Provider) -> str:
        client = AsyncClient()
        await client.aforce_login(user)
        response = await client.post(f"{PROVIDERS}{provider.pk}/test/")
        assert response.status_code == 200
        return "".join([part.decode() async for part in response.streaming_content])  # type: ignore[attr-defined]

    async def test_everything_that_works_is_found_and_kept(self, hopper, other):
        page = await self.page(hopper, other)
        for said in ("It lists 2 models.", "standin answered: “", "It continues stored", "connection is resumed"):
            assert said in page
        await other.arefresh_from_db()
        assert other.capabilities == {"chain": True, "background": True, "resume": True, "vector_stores": True}
        assert other.tested_at is not None
        assert catalog.provider(other.pk).can("background")

    async def test_what_a_provider_cannot_do_is_found(self, hopper, other, provider):
        provider.script(on="vector_stores", error={"status": 404, "body": "Not Found"})
        for part in ("previous_response_id", "background"):
            body = {"error": {"message": f"{part} is not supported", "param": part}}
            provider.script(has=f'"{part}"', error={"status": 400, "body": body})
        page = await self.page(hopper, other)
        assert "It doesn&#x27;t continue stored responses." in page
        assert "It doesn&#x27;t answer in the background." in page
        await other.arefresh_from_db()
        assert "It keeps no copies of collections." in page
        assert other.capabilities == {"chain": False, "background": False, "vector_stores": False}

    @pytest.mark.parametrize("retrieve", ["refused", "cut"])
    async def test_resuming_that_fails_is_found(self, hopper, other, provider, retrieve):
        error = {"status": 400, "body": {"error": {"message": "This response cannot be streamed."}}}
        provider.script(on="retrieve", **({"error": error} if retrieve == "refused" else {"drop": "eof"}))
        page = await self.page(hopper, other)
        await other.arefresh_from_db()
        if retrieve == "refused":
            assert "the site waits for the end" in page
            assert other.capabilities["resume"] is False
        else:
            assert 'class="bad"' in page
            assert "resume" not in other.capabilities

    async def test_refused_key_ends_the_test_with_a_sentence(self, hopper, other):
        await Provider.objects.filter(pk=other.pk).aupdate(key=encrypt("sk-wrong"))
        page = await self.page(hopper, other)
        assert "The API key was rejected." in page
        assert "answered" not in page

    async def test_key_that_cannot_be_read_is_said(self, hopper, other):
        await Provider.objects.filter(pk=other.pk).aupdate(key="gAAAAAunreadable")
        assert "SECRET_KEY_FALLBACKS" in await self.page(hopper, other)

    async def test_text_of_a_provider_is_escaped(self, hopper, other, provider):
        provider.script(text="<script>alert(1)</script>")
        page = await self.page(hopper, other)
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


@pytest.mark.parametrize("action", ["test", "fetch"])
class TestAccess:
    def test_action_needs_the_permission_to_change_providers(self, client, other, action):
        staff = User.objects.create_user("katherine", password="orbital mechanics", is_staff=True)
        staff.user_permissions.add(Permission.objects.get(codename="view_provider"))
        client.force_login(staff)
        assert client.post(f"{PROVIDERS}{other.pk}/{action}/").status_code == 404

    def test_action_is_not_taken_by_a_link(self, admin, other, action):
        assert admin.get(f"{PROVIDERS}{other.pk}/{action}/").status_code == 405

    @pytest.mark.parametrize("missing", ["00000000-0000-4000-8000-00000000000f", "none"])
    def test_provider_that_does_not_exist_is_not_found(self, admin, action, missing):
        assert admin.post(f"{PROVIDERS}{missing}/{action}/").status_code == 404


class TestRotation:
    def test_secrets_are_encrypted_with_the_newest_key(self, other, settings):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ANOTHER, [settings.SECRET_KEY]
        call_command("rotate_keys")
        settings.SECRET_KEY_FALLBACKS = []
        other.refresh_from_db()
        assert decrypt(other.key) == KEY

    def test_secrets_of_mcp_servers_are_among_them(self, hopper, settings):
        server = McpServer.objects.create(name="Tracker", label="tracker", headers=encrypt("{}"))
        connection = McpConnection.objects.create(server=server, user=hopper, refresh_token=encrypt("token"))
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ANOTHER, [settings.SECRET_KEY]
        call_command("rotate_keys")
        settings.SECRET_KEY_FALLBACKS = []
        server.refresh_from_db()
        connection.refresh_from_db()
        assert (decrypt(server.headers), decrypt(connection.refresh_token)) == ("{}", "token")

    def test_what_no_key_reads_is_named(self, other, settings, capsys):
        settings.SECRET_KEY = ANOTHER
        before = other.key
        with pytest.raises(SystemExit):
            call_command("rotate_keys")
        assert "SECRET_KEY_FALLBACKS: has no key that decrypts the secrets of Other." in capsys.readouterr().err
        other.refresh_from_db()
        assert other.key == before
