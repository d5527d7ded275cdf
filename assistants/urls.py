from django.urls import path

from assistants.views import assistant, defaults, files, formats, prompts, questions, versions
from assistants.views import list as assistant_list

urlpatterns = [
    path("assistants/", assistant_list.index, name="assistants"),
    path("assistants/new/", assistant.new, name="new-assistant"),
    path("assistants/try/", assistant.try_it, name="try-assistant"),
    path("assistants/formats/check/", formats.check, name="format-check"),
    path("assistants/defaults/", defaults.defaults, name="assistant-defaults"),
    path("assistants/import/", files.import_file, name="assistant-import"),
    path("assistants/<uuid:pk>/", assistant.assistant, name="assistant"),
    path("assistants/<uuid:pk>/duplicate/", files.duplicate, name="assistant-duplicate"),
    path("assistants/<uuid:pk>/export.json", files.export, name="assistant-export"),
    path("assistants/<uuid:pk>/questions/", questions.questions, name="assistant-questions"),
    path("assistants/<uuid:pk>/questions/<int:question_pk>/", questions.question, name="assistant-question"),
    path("assistants/<uuid:pk>/runs/", questions.begin, name="assistant-runs"),
    path("assistants/<uuid:pk>/runs/<uuid:run_pk>/", questions.run, name="assistant-run"),
    path("assistants/<uuid:pk>/runs/<uuid:run_pk>/stop/", questions.stop, name="assistant-run-stop"),
    path("assistants/<uuid:pk>/versions/", versions.versions, name="assistant-versions"),
    path("assistants/<uuid:pk>/versions/<int:number>/restore/", versions.restore, name="assistant-restore"),
    path("prompts/", prompts.index, name="prompts"),
    path("prompts/new/", prompts.create, name="new-prompt"),
    path("prompts/choices/", prompts.choices, name="prompt-choices"),
    path("prompts/<uuid:pk>/", prompts.prompt, name="prompt"),
    path("prompts/<uuid:pk>/text/", prompts.text, name="prompt-text"),
    path("prompts/<uuid:pk>/restore/", prompts.restore, name="prompt-restore"),
]
