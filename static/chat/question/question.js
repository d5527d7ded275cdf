import { find, fromTemplate } from "chat/lib/dom";
import { attachmentUrl, thumbnailUrl } from "chat/question/attachment";
import { fold } from "chat/question/fold";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * @param {HTMLElement} question
 * @param {Part[]} content
 */
export function drawQuestion(question, content) {
  find(question, ".words", HTMLElement).textContent = content.flatMap((part) => part.text || []).join("\n\n");
  find(question, ".pictures", HTMLElement).replaceChildren(
    ...content.flatMap((part) =>
      part.file_id ? pictureLink(part.file_id) : part.image_url ? addressLink(part.image_url) : [],
    ),
  );
  fold(question);
}

/**
 * The content of a question that is drawn, as the composer makes it: the words, then the pictures.
 *
 * @param {HTMLElement} question
 * @returns {Part[]}
 */
export function readQuestion(question) {
  const text = find(question, ".words", HTMLElement).textContent;
  const pictures = /** @type {NodeListOf<HTMLAnchorElement>} */ (question.querySelectorAll(".pictures > a"));
  return [
    ...(text ? [{ type: "input_text", text }] : []),
    ...[...pictures].map(({ dataset, textContent }) => ({
      type: "input_image",
      detail: "auto",
      ...(dataset.fileId ? { file_id: dataset.fileId } : { image_url: textContent }),
    })),
  ];
}

/** @param {string} id */
function pictureLink(id) {
  const link = fromTemplate("#picture-template", HTMLAnchorElement);
  link.dataset.fileId = id;
  link.href = attachmentUrl(id);
  find(link, "img", HTMLImageElement).src = thumbnailUrl(id);
  return link;
}

/** @param {string} address */
function addressLink(address) {
  const link = fromTemplate("#picture-address-template", HTMLAnchorElement);
  link.href = address;
  link.textContent = address;
  return link;
}
