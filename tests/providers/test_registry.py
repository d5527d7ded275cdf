"""The clients of one process."""

from contextlib import aclosing

from providers.registry import Clients

BODY = {"model": "standin", "input": "How high is the tide?"}


def test_one_client_is_used_for_all_requests(provider):
    clients = Clients()
    assert clients.of(None) is clients.of(None)


def test_client_is_made_anew_when_its_provider_has_changed(provider, settings):
    clients = Clients()
    before = clients.of(None)
    settings.OPENAI_API_KEY = "sk-another-one"
    after = clients.of(None)
    assert after is not before
    assert after.endpoint.key == "sk-another-one"


async def test_replaced_client_is_closed_when_its_last_answer_has_ended(provider, settings):
    provider.script(text="Two metres.", deltas=2, at={"2": {"wait": "go"}})
    clients = Clients()
    before = clients.of(None)
    async with aclosing(before.create(BODY)) as batches:
        await anext(batches)
        settings.OPENAI_API_KEY = "sk-another-one"
        assert clients.of(None) is not before
        await clients.close_replaced()
        provider.release("go")
        rest = [event async for batch in batches for event in batch]
    assert rest[-1]["type"] == "response.completed"
    assert clients._replaced == [before]
    await clients.close_replaced()
    assert clients._replaced == []
    await clients.close()


def test_key_is_in_no_representation_of_an_endpoint(provider, settings):
    assert settings.OPENAI_API_KEY not in repr(Clients().of(None).endpoint)
