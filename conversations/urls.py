from django.urls import path

from conversations.views import attachments, conversations, exports

urlpatterns = [
    path("", conversations.home, name="home"),
    path("conversations/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:pk>/export.md", exports.markdown, name="export-markdown"),
    path("conversations/<uuid:pk>/export.json", exports.json, name="export-json"),
    path("attachments/", attachments.create, name="attachments"),
    path("attachments/<uuid:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:pk>/thumbnail/", attachments.thumbnail, name="attachment-thumbnail"),
]
