import { fileCard, partOf } from "chat/files/card";
import { find, fromTemplate } from "chat/lib/dom";
import { attachmentUrl, thumbnailUrl } from "chat/message/attachment";
import { fold } from "chat/message/fold";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * Show the text and the files of a message in its element.
 *
 * @param {HTMLElement} message
 * @param {Part[]} content
 */
export function drawMessage(message, content) {
  find(message, ".words", HTMLElement).textContent = textOf(content);
  find(message, ".images", HTMLElement).replaceChildren(
    ...content.flatMap((part) =>
      part.type === "input_file"
        ? fileCard(part)
        : part.file_id
          ? imageLink(part)
          : part.image_url
            ? urlLink(part)
            : [],
    ),
  );
  fold(message);
}

/**
 * Read the content of a message back from its element, as the composer makes it: the text, then the files.
 *
 * @param {HTMLElement} message
 * @returns {Part[]}
 */
export function readMessage(message) {
  const text = find(message, ".words", HTMLElement).textContent;
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (message.querySelectorAll(".images > a"));
  return [
    ...(text ? [{ type: "input_text", text }] : []),
    ...[...links].map((link) => (link.matches(".file-card") ? partOf(link) : imageOf(link))),
  ];
}

/**
 * @param {HTMLAnchorElement} link
 * @returns {Part}
 */
function imageOf(link) {
  const { fileId, detail } = link.dataset;
  const source = fileId ? { file_id: fileId } : { image_url: find(link, ".url", HTMLElement).textContent };
  return { type: "input_image", detail: detail || "auto", ...source };
}

/**
 * Return the text of a message.
 *
 * @param {Part[]} content
 */
export const textOf = (content) => content.flatMap((part) => part.text || []).join("\n\n");

/**
 * Return whether two messages have the same text and the same files.
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

/** @param {Part} part */
function imageLink({ file_id = "", detail = "auto" }) {
  const link = fromTemplate("#image-template", HTMLAnchorElement);
  link.dataset.fileId = file_id;
  link.dataset.detail = detail;
  link.href = attachmentUrl(file_id);
  find(link, "img", HTMLImageElement).src = thumbnailUrl(file_id);
  return link;
}

/** @param {Part} part */
function urlLink({ image_url = "", detail = "auto" }) {
  const link = fromTemplate("#image-url-template", HTMLAnchorElement);
  link.dataset.detail = detail;
  link.href = image_url;
  find(link, ".url", HTMLElement).textContent = image_url;
  return link;
}
