"""A sentence for each reason why a file isn't kept, by the code of `Unreadable`."""

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.refusal import Refused

SENTENCES = {
    "empty": gettext_lazy("The file is empty. Choose another one."),
    "unknown_type": gettext_lazy(
        "This kind of file can't be read. Choose a PDF, an Office document, a table, a text or an image."
    ),
    "missing": gettext_lazy("The file is no longer there. Add it again."),
    "encrypted": gettext_lazy("The file needs a password. Save a copy without one, and choose that."),
    "broken": gettext_lazy("The file is damaged or incomplete. Open it, save it again, and choose that file."),
    "macros": gettext_lazy(
        "The file contains macros. Save it without them, as .docx, .xlsx or .pptx, and choose that file."
    ),
    "old_word": gettext_lazy("This is an old Word document (.doc). Save it as .docx, and choose that file."),
    "old_presentation": gettext_lazy("This is an old presentation (.ppt). Save it as .pptx, and choose that file."),
    "outlook": gettext_lazy("This is an e-mail in Outlook's own format (.msg). Save it as .eml, and choose that file."),
    "rich_text": gettext_lazy("This is an RTF file. Save it as .docx or as a PDF, and choose that file."),
    "iwork": gettext_lazy(
        "This is a file of Pages, Numbers or Keynote. Export it as a PDF or an Office document, and choose that."
    ),
    "archive": gettext_lazy("This is an archive. Unpack it, and choose the files in it."),
    "program": gettext_lazy("This is a program. Programs aren't taken."),
    "audio": gettext_lazy("Audio can't be read. Choose a transcript of it."),
    "video": gettext_lazy("Videos can't be read. Choose a transcript or single images of it."),
    "image": gettext_lazy("An image has no text that can be read. Attach it to a message instead."),
    "other_image": gettext_lazy("This kind of image can't be read. Save it as a PNG or JPEG, and choose that file."),
    "too_many_objects": gettext_lazy("The file has too many parts. Split it, or save it as a PDF."),
    "unpacks_too_large": gettext_lazy("The file unpacks to more than can be read. Make it smaller, or split it."),
    "too_slow": gettext_lazy("The file took too long to read. Split it, or save it as a PDF or as text."),
    "too_complex": gettext_lazy("The file is too complex to be read. Split it, or save it as a PDF or as text."),
}
TOO_MUCH = {"too_many_objects", "unpacks_too_large", "too_slow", "too_complex"}
OF_CONTENT = {"empty", "broken", "encrypted"}


def refusal(code: str) -> Refused:
    """Return the refusal of a file that can't be read, for the code of an `Unreadable` or of a `CollectionFile`."""
    if code == "too_large":
        most = number_format(f"{settings.MAX_FILE_BYTES / 1e6:.3g}")
        return Refused(code, _("The file is larger than %(most)s MB. Split it.") % {"most": most}, status=413)
    if code == "too_many_pages":
        most = number_format(settings.MAX_FILE_PAGES, force_grouping=True)
        sentence = _("The file has more than %(most)s pages. Split it.") % {"most": most}
        return Refused(code, sentence, status=413)
    status = 413 if code in TOO_MUCH else 400 if code in OF_CONTENT else 415
    return Refused(code, str(SENTENCES.get(code, SENTENCES["broken"])), status=status)
