import { find, fromTemplate } from "chat/lib/dom";
import { attachmentUrl, thumbnailUrl } from "chat/message/attachment";
import { fold } from "chat/message/fold";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * Show the text and the images of a message in its element.
 *
 * @param {HTMLElement} message
 * @param {Part[]} content
 */
export function drawMessage(message, content) {
  find(message, ".words", HTMLElement).textContent = textOf(content);
  find(message, ".images", HTMLElement).replaceChildren(
    ...content.flatMap((part) =>
      part.file_id ? imageLink(part.file_id) : part.image_url ? urlLink(part.image_url) : [],
    ),
  );
  fold(message);
}

/**
 * Read the content of a message back from its element, as the composer makes it: the text, then the images.
 *
 * @param {HTMLElement} message
 * @returns {Part[]}
 */
export function readMessage(message) {
  const text = find(message, ".words", HTMLElement).textContent;
  const images = /** @type {NodeListOf<HTMLAnchorElement>} */ (message.querySelectorAll(".images > a"));
  return [
    ...(text ? [{ type: "input_text", text }] : []),
    ...[...images].map((link) => ({
      type: "input_image",
      detail: "auto",
      ...(link.dataset.fileId
        ? { file_id: link.dataset.fileId }
        : { image_url: find(link, ".url", HTMLElement).textContent }),
    })),
  ];
}

/**
 * Return the text of a message.
 *
 * @param {Part[]} content
 */
export const textOf = (content) => content.flatMap((part) => part.text || []).join("\n\n");

/**
 * Return whether two messages have the same text and the same images.
 *
 * @param {Part[]} one
 * @param {Part[]} other
 */
export function isSameContent(one, other) {
  const [first, second] = [one, other].map((content) => [
    textOf(content),
    ...content.flatMap(({ file_id, image_url }) => file_id ?? image_url ?? []),
  ]);
  return JSON.stringify(first) === JSON.stringify(second);
}

/** @param {string} id */
function imageLink(id) {
  const link = fromTemplate("#image-template", HTMLAnchorElement);
  link.dataset.fileId = id;
  link.href = attachmentUrl(id);
  find(link, "img", HTMLImageElement).src = thumbnailUrl(id);
  return link;
}

/** @param {string} url */
function urlLink(url) {
  const link = fromTemplate("#image-url-template", HTMLAnchorElement);
  link.href = url;
  find(link, ".url", HTMLElement).textContent = url;
  return link;
}
