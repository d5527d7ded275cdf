"""The test questions of an assistant, and what its versions answered to them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import PageForm
from accounts.models import User
from accounts.sessions import signed_in
from assistants.instructions import MAX_VALUE_CHARACTERS
from assistants.models import Assistant, AssistantVersion, TestAnswer, TestQuestion, TestRun
from assistants.models.testing import MAX_QUESTIONS
from assistants.question_form import QuestionForm

MAX_SHOWN_RUNS = 50
MAX_VERSIONS = 200
"""Offered to be asked."""


class RunForm(PageForm, forms.Form):
    """Which version is asked, beside which other one, with which values for their variables."""

    version = forms.ModelChoiceField(label=gettext_lazy("Version"), queryset=AssistantVersion.objects.none())
    against = forms.ModelChoiceField(
        label=gettext_lazy("Beside version"),
        queryset=AssistantVersion.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
    )

    def __init__(self, assistant: Assistant, *args: Any, **kwargs: Any) -> None:
        newest = [*assistant.versions.order_by("-number")[:2]]
        kwargs["initial"] = {"version": newest[0], "against": newest[1] if len(newest) > 1 else None}
        super().__init__(*args, **kwargs)
        offered = assistant.versions.filter(number__gt=newest[0].number - MAX_VERSIONS).order_by("-number")
        for name in ("version", "against"):
            field = self.fields[name]
            field.queryset = offered  # type: ignore[attr-defined]
            field.label_from_instance = _numbered  # type: ignore[attr-defined]
        self.variables = [*dict.fromkeys(name for version in newest for name in version.variables)]
        for name in self.variables:
            field = forms.CharField(label=name, max_length=MAX_VALUE_CHARACTERS, required=False)
            self.fields[f"variable-{name}"] = field

    def values(self) -> dict[str, str]:
        """Return the values for the variables."""
        return {name: value for name in self.variables if (value := self.cleaned_data[f"variable-{name}"])}


@dataclass(frozen=True)
class Row:
    """A question of a run, with what the versions answered."""

    question: str
    answer: TestAnswer
    other: TestAnswer | None

    @property
    def differences(self) -> str:
        """How much longer, dearer and slower the answer is than the other one; "" if that isn't known."""
        if self.other is None or None in {self.answer.seconds, self.other.seconds}:
            return ""
        pairs = (
            (_("%(share)s length"), len(self.answer.text), len(self.other.text)),
            (_("%(share)s tokens"), self.answer.tokens, self.other.tokens),
            (_("%(share)s time"), self.answer.seconds or 0, self.other.seconds or 0),
        )
        changed = [(words, f"{one / other - 1:+.0%}") for words, one, other in pairs if other]
        return " · ".join(words % {"share": share} for words, share in changed if share != "+0%")


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the questions of an assistant and the runs of them; POST adds a question."""
    assistant = _edited(signed_in(request), pk)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if assistant.questions.count() < MAX_QUESTIONS:
            assistant.questions.create(**form.cleaned_data)
            return redirect("assistant-questions", pk)
        form.add_error("text", _("At most %(number)s questions. Delete one first.") % {"number": MAX_QUESTIONS})
    return _page(request, assistant, form=form)


@require_POST
def question(request: HttpRequest, pk: uuid.UUID, question_pk: int) -> HttpResponse:
    """Change a question, or delete it."""
    assistant = _edited(signed_in(request), pk)
    changed = get_object_or_404(assistant.questions, pk=question_pk)
    if "delete" in request.POST:
        changed.delete()
        return redirect("assistant-questions", pk)
    form = QuestionForm(request.POST, auto_id=f"id_{question_pk}_%s")
    if not form.is_valid():
        return _page(request, assistant, wrong=(changed.pk, form))
    TestQuestion.objects.filter(pk=changed.pk).update(**form.cleaned_data)
    return redirect("assistant-questions", pk)


@require_POST
@transaction.atomic
def begin(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a run: the questions are asked by the server, whether or not anybody watches."""
    user = signed_in(request)
    assistant = _edited(user, pk)
    form = RunForm(assistant, request.POST)
    if not form.is_valid():
        return _page(request, assistant, run_form=form)
    # Two requests at the same moment would both find that none is asked.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    asked = [*assistant.questions.all()]
    if not asked:
        form.add_error("version", _("Add a question first."))
    elif TestAnswer.objects.filter(run__created_by=user, status__in=TestAnswer.OPEN).exists():
        form.add_error("version", _("Your questions are being asked already. Wait for the end, or stop that run."))
    if form.errors:
        return _page(request, assistant, run_form=form)
    return redirect("assistant-run", pk, _begun(user, assistant, form, asked).pk)


@require_safe
def run(request: HttpRequest, pk: uuid.UUID, run_pk: uuid.UUID) -> HttpResponse:
    """Show the answers of a run side by side, as far as they have come."""
    assistant = _edited(signed_in(request), pk)
    shown = get_object_or_404(assistant.runs.select_related("version", "against", "created_by"), pk=run_pk)
    answers = [*shown.answers.all()]
    mine = [each for each in answers if each.version_id == shown.version_id]
    others = [each for each in answers if each.version_id == shown.against_id]
    beside = {each.place: each for each in others}
    context = {
        "assistant": assistant,
        "run": shown,
        "rows": [Row(each.question, each, beside.get(each.place)) for each in mine],
        "totals": [_total(shown.version, mine), *([_total(shown.against, others)] if shown.against else [])],
        "open": sum(each.status in TestAnswer.OPEN for each in answers),
        "of": len(answers),
    }
    return render(request, "assistants/run.html", context)


@require_POST
def stop(request: HttpRequest, pk: uuid.UUID, run_pk: uuid.UUID) -> HttpResponse:
    """Stop a run. What was answered is kept."""
    assistant = _edited(signed_in(request), pk)
    stopped = get_object_or_404(assistant.runs, pk=run_pk)
    assistant.runs.filter(pk=stopped.pk, stopped_at=None).update(stopped_at=timezone.now())
    return redirect("assistant-run", pk, run_pk)


def _edited(user: User, pk: uuid.UUID) -> Assistant:
    return get_object_or_404(Assistant.objects.editable_by(user).select_related("newest__model", "owner"), pk=pk)


def _begun(user: User, assistant: Assistant, form: RunForm, asked: Sequence[TestQuestion]) -> TestRun:
    version, against = form.cleaned_data["version"], form.cleaned_data["against"]
    begun = TestRun.objects.create(
        assistant=assistant,
        version=version,
        against=against if against != version else None,
        variables=form.values(),
        language=get_language() or "",
        created_by=user,
    )
    TestAnswer.objects.bulk_create(
        TestAnswer(
            run=begun,
            version=each,
            place=place,
            question=question.text,
            must_contain=question.must_contain,
            must_not_contain=question.must_not_contain,
        )
        for place, question in enumerate(asked)
        for each in filter(None, [begun.version, begun.against])
    )
    return begun


def _total(version: AssistantVersion, answers: list[TestAnswer]) -> dict[str, Any]:
    return {
        "version": version,
        "good": sum(each.is_good for each in answers),
        "of": len(answers),
        "characters": sum(len(each.text) for each in answers),
        "tokens": sum(each.tokens for each in answers),
        "seconds": sum(each.seconds or 0 for each in answers),
    }


def _numbered(version: AssistantVersion) -> str:
    return _("Version %(number)s") % {"number": version.number}


def _page(
    request: HttpRequest,
    assistant: Assistant,
    *,
    form: QuestionForm | None = None,
    wrong: tuple[int, QuestionForm] | None = None,
    run_form: RunForm | None = None,
) -> HttpResponse:
    stored = [*assistant.questions.all()]
    forms_of = [
        (
            each,
            wrong[1]
            if wrong and wrong[0] == each.pk
            else QuestionForm(
                auto_id=f"id_{each.pk}_%s",
                initial={name: getattr(each, name) for name in ("text", "must_contain", "must_not_contain")},
            ),
        )
        for each in stored
    ]
    context = {
        "assistant": assistant,
        "questions": forms_of,
        "wrong": wrong[0] if wrong else None,
        "form": form or QuestionForm(),
        "run_form": run_form or RunForm(assistant),
        "runs": assistant.runs.select_related("version", "against", "created_by")[:MAX_SHOWN_RUNS],
    }
    return render(request, "assistants/questions.html", context)
