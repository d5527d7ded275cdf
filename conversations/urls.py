from django.urls import path

from conversations.views import attachments, conversations

urlpatterns = [
    path("", conversations.home, name="home"),
    path("conversations/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("attachments/", attachments.create, name="attachments"),
    path("attachments/<uuid:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:pk>/thumbnail/", attachments.thumbnail, name="attachment-thumbnail"),
]
