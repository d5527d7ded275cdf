from django.urls import path

from assistants.views import assistant
from assistants.views import list as assistant_list

urlpatterns = [
    path("assistants/", assistant_list.index, name="assistants"),
    path("assistants/new/", assistant.new, name="new-assistant"),
    path("assistants/<uuid:pk>/", assistant.assistant, name="assistant"),
]
