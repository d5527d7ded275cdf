import { gettext, interpolate } from "chat/lib/translations";
import { MessageForm } from "chat/message/form";

/**
 * Attach files that are pasted or dropped anywhere on the page, to the message that is edited there or else to the one
 * in the composer, and there images that are to be changed.
 *
 * @param {() => MessageForm} findComposer
 */
export function attachTransferredFiles(findComposer) {
  /** @type {MessageForm | null} the form in which they would be dropped now */
  let target = null;

  /** @param {Event} event */
  const formAt = (event) => {
    const form = event.target instanceof Element ? event.target.closest("message-editor") : null;
    return form instanceof MessageForm ? form : findComposer();
  };
  /** @param {MessageForm | null} form */
  const mark = (form) => {
    if (form === target) return;
    target?.removeAttribute("data-dropping");
    form?.toggleAttribute("data-dropping", true);
    target = form;
  };

  document.addEventListener("image-attach", (event) => {
    if (event instanceof CustomEvent) findComposer().attachments.add([event.detail]);
  });
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData ?? {};
    // Office apps add an image of the copied text to the text itself.
    if (!files?.length || (types?.includes("text/html") && types.includes("text/plain"))) return;
    event.preventDefault();
    attach(formAt(event), /** @type {DataTransfer} */ (event.clipboardData));
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
    attach(formAt(event), event.dataTransfer);
  });
}

/**
 * @param {MessageForm} form
 * @param {DataTransfer} data
 */
function attach(form, { files, items }) {
  const folders = new Set(
    [...items].map((item) => item.webkitGetAsEntry?.()).flatMap((entry) => (entry?.isDirectory ? entry.name : [])),
  );
  form.attachments.add([...files].filter(({ name }) => !folders.has(name)));
  const [folder] = folders;
  const sentence = gettext("“%(name)s” is a folder. Attach the files in it.");
  if (folder) form.attachments.refuse(interpolate(sentence, { name: folder }));
}
