from django.urls import path

from knowledge.views import collections, files, pages, reading

urlpatterns = [
    path("knowledge/new/", pages.new, name="new-collection"),
    path("knowledge/<uuid:pk>/", pages.collection, name="collection"),
    path("knowledge/<uuid:pk>/edit/", pages.edit, name="edit-collection"),
    path("knowledge/<uuid:pk>/delete/", collections.delete, name="collection-delete"),
    path("knowledge/<uuid:pk>/restore/", collections.restore, name="collection-restore"),
    path("knowledge/<uuid:pk>/files/", files.of_collection, name="collection-files"),
    path("knowledge/<uuid:pk>/files/add/", files.add, name="collection-add"),
    path("knowledge/<uuid:pk>/files/read-again/", files.read_again, name="collection-read-again"),
    path("knowledge/files/<uuid:pk>/", reading.page, name="collection-file-view"),
    path("knowledge/files/<uuid:pk>/change/", files.file, name="collection-file"),
    path("knowledge/files/<uuid:pk>/passages/", reading.passages, name="collection-passages"),
    path("knowledge/files/<uuid:pk>/content/", reading.content, name="collection-content"),
]
