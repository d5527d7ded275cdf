"""The form of a test question."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PageForm
from assistants.fields import LinesField
from assistants.models.testing import MAX_QUESTION_CHARACTERS, MAX_WORDS, MAX_WORDS_CHARACTERS


class QuestionForm(PageForm, forms.Form):
    """A question, and what its answer must have and must not have."""

    text = forms.CharField(label=_("Question"), max_length=MAX_QUESTION_CHARACTERS, widget=forms.Textarea({"rows": 2}))
    must_contain = LinesField(
        label=_("A good answer contains"),
        max_lines=MAX_WORDS,
        max_characters=MAX_WORDS_CHARACTERS,
        help_text=_("Words, one entry a line. All of them; capitals don't matter."),
    )
    must_not_contain = LinesField(
        label=_("A good answer doesn't contain"),
        max_lines=MAX_WORDS,
        max_characters=MAX_WORDS_CHARACTERS,
        help_text=_("Words, one entry a line. None of them."),
    )
