import { detailsOf, splitName } from "chat/files/words";
import { find, fromTemplate } from "chat/lib/dom";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/files/words").FileFacts} FileFacts
 */

/** The facts of a file that are numbers. */
const NUMBERS = /** @type {const} */ (["size", "pages", "rows", "tokens"]);

/**
 * Create the card of a file in a message. One that the server says nothing of was deleted.
 *
 * @param {Part} part
 */
export function fileCard(part) {
  if (!part.kind) return fromTemplate("#deleted-file-template", HTMLElement);
  const card = fromTemplate("#file-card-template", HTMLAnchorElement);
  const { file_id = "", name = "", kind = "" } = part;
  Object.assign(card.dataset, { fileId: file_id, name, kind });
  for (const fact of NUMBERS) card.dataset[fact] = String(part[fact] ?? "");
  card.href = viewUrl(file_id);
  drawFile(card, part);
  return card;
}

/**
 * Return the part of a message that a card shows.
 *
 * @param {HTMLElement} card
 * @returns {Part}
 */
export function partOf({ dataset }) {
  const numbers = NUMBERS.map((fact) => [fact, Number(dataset[fact]) || null]);
  return filePart(dataset.fileId ?? "", { ...dataset, ...Object.fromEntries(numbers) });
}

/**
 * Return a file as a part of a message, with what the page needs to know of it.
 *
 * @param {string} id
 * @param {FileFacts} facts
 * @returns {Part}
 */
export const filePart = (id, { name = "", kind = "", size = null, pages = null, rows = null, tokens = null }) => ({
  type: "input_file",
  file_id: id,
  name,
  kind,
  size,
  pages,
  rows,
  tokens,
});

/**
 * Show a file's icon, name and details in a link that has places for them.
 *
 * @param {HTMLAnchorElement} link
 * @param {FileFacts} file
 */
export function drawFile(link, file) {
  const name = file.name ?? "";
  showIcon(link, file.kind);
  // Browsers read a space between the parts of the one that is seen.
  find(link, ".visually-hidden", HTMLElement).textContent = name;
  const [start, end] = link.querySelectorAll(".file-name > span");
  [start.textContent, end.textContent] = splitName(name);
  find(link, ".details", HTMLElement).textContent = detailsOf(file);
  link.title = name;
}

/**
 * @param {Element} element
 * @param {string} kind
 */
export function showIcon(element, kind = "") {
  const icon = find(element, ".file-icon", SVGSVGElement);
  icon.dataset.kind = kind;
  const use = find(icon, "use", SVGUseElement);
  use.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, `#${kind || "file"}`));
}

/** Return the address of the page that shows a file. @param {string} id */
export const viewUrl = (id) => `/attachments/${id}/view/`;
