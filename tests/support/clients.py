"""Django's test client, for a person who is signed in."""

from django.test import Client

from accounts.models import User


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
