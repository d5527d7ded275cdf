from django.urls import path

from conversations.views import (
    attachments,
    choices,
    compactions,
    conversations,
    diagrams,
    exports,
    failures,
    feedback,
    imports,
    search,
    shares,
    temporary,
)
from conversations.views import list as side_list

urlpatterns = [
    path("", conversations.home, name="home"),
    path("drafts/<uuid:pk>/", conversations.draft, name="draft"),
    path("conversations/", side_list.index, name="conversations"),
    path("conversations/<uuid:pk>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:pk>/turns/", conversations.turns, name="turns"),
    path("conversations/<uuid:pk>/export.md", exports.markdown, name="export-markdown"),
    path("conversations/<uuid:pk>/export.json", exports.json, name="export-json"),
    path("conversations/<uuid:pk>/shares/", shares.of_conversation, name="shares"),
    path("import/", imports.imports, name="import"),
    path("temporary/<uuid:pk>/", temporary.temporary, name="temporary"),
    path("shares/", shares.own, name="own-shares"),
    path("shares/<uuid:pk>/", shares.share, name="share"),
    path("shares/<uuid:pk>/continue/", shares.continue_share, name="share-continue"),
    path("diagram/", diagrams.diagram, name="diagram"),
    path("search/", search.search, name="search"),
    path("attachments/", attachments.create, name="attachments"),
    path("attachments/<uuid:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:pk>/thumbnail/", attachments.thumbnail, name="attachment-thumbnail"),
    path("choices/<uuid:pk>/favorite/", choices.favorite, name="favorite"),
    path("choices/<uuid:pk>/default/", choices.default, name="default-choice"),
    path("compactions/<uuid:pk>/", compactions.compaction, name="compaction"),
    path("responses/<uuid:pk>/failure/", failures.failure, name="failure"),
    path("responses/<uuid:pk>/feedback/", feedback.feedback, name="feedback"),
]
