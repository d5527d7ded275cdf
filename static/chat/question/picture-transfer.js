import { QuestionForm } from "chat/question/form";

/**
 * Takes pictures that are pasted or dropped anywhere on the page: into the question that is edited there, else into the
 * composer.
 *
 * @param {QuestionForm} composer
 */
export function takePictures(composer) {
  /** @type {QuestionForm | null} where they would go at this moment */
  let over = null;

  /** @param {Event} event */
  const formAt = ({ target }) => {
    const form = target instanceof Element ? target.closest("question-editor") : null;
    return form instanceof QuestionForm ? form : composer;
  };
  /** @param {QuestionForm | null} form */
  const mark = (form) => {
    if (form === over) return;
    over?.removeAttribute("data-dropping");
    form?.toggleAttribute("data-dropping", true);
    over = form;
  };

  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData ?? {};
    // Office puts a picture of what was copied beside its words.
    if (!files?.length || (types?.includes("text/html") && types.includes("text/plain"))) return;
    event.preventDefault();
    formAt(event).pictures.add([...files]);
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(formAt(event));
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
  document.addEventListener("drop", (event) => {
    mark(null);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    formAt(event).pictures.add([...event.dataTransfer.files]);
  });
}
