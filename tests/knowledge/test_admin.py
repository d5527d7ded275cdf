"""Copies at providers in the admin: seen by admins alone, tried again, and forgotten if they can't be deleted."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from knowledge.models import Store, StoredFile
from providers.environment import store_environment
from providers.models import Provider
from tests.support.knowledge import add_read, make_collection


def make_store(owner, **fields):
    store_environment()
    collection = make_collection(owner)
    store = Store.objects.create(collection=collection, provider=Provider.objects.get(), **fields)
    StoredFile.objects.create(store=store, collection_file=add_read(collection, "High tide"), state="failed")
    return store


def test_admin_sees_what_could_not_be_deleted_and_has_it_tried_again(client, hopper, ada):
    later = timezone.now() + timedelta(hours=1)
    store = make_store(ada, state=Store.State.DELETING, problem="http_500", tries=4, due_at=later)
    client.force_login(hopper)
    page = reverse("admin:knowledge_store_changelist")
    assert b"http_500" in client.get(page, {"state__exact": "deleting"}).content
    assert b"http_500" not in client.get(page, {"state__exact": "ready"}).content
    client.post(page, {"action": "try_now", "_selected_action": [store.pk]})
    store.refresh_from_db()
    assert (store.due_at < timezone.now(), store.tries) == (True, 0)


def test_admin_can_only_forget_what_is_being_deleted(client, hopper, ada):
    store = make_store(ada)
    client.force_login(hopper)
    page = reverse("admin:knowledge_store_delete", args=[store.pk])
    assert client.post(page, {"post": "yes"}).status_code == 403
    Store.objects.update(state=Store.State.DELETING)
    client.post(page, {"post": "yes"})
    assert not Store.objects.exists()


def test_copies_are_only_for_admins(client, grace, ada):
    store = make_store(ada)
    grace.is_staff = True
    grace.save()
    client.force_login(grace)
    for page in (reverse("admin:knowledge_store_changelist"), reverse("admin:knowledge_store_change", args=[store.pk])):
        assert client.get(page).status_code == 403
