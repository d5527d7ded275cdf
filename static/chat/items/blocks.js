/** What items are shown as: blocks, made of whatever a provider sent. */

import { gettext } from "chat/lib/translations";

/**
 * A piece of an item: how it is shown, and the name by which deltas find it.
 *
 * @typedef {"markdown" | "code" | "text" | "link" | "image"} Format
 * @typedef {{name: string, format: Format, content: string, label: string}} Block
 */

/** An image that a model made is megabytes of base64. */
const MAX_JSON_CHARACTERS = 20_000;

/**
 * @param {string} name
 * @param {Format} format
 * @param {unknown} content
 * @param {unknown} [label]
 * @returns {Block}
 */
export function block(name, format, content, label) {
  return { name, format, content: string(content), label: string(label) };
}

/**
 * JSON, or a text that may be JSON, indented and truncated.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {string} [label]
 */
export function pretty(name, value, label) {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = JSON.parse(value);
    } catch {
      return block(name, "code", value, label);
    }
  }
  const text = parsed === undefined || parsed === null || parsed === "" ? "" : JSON.stringify(parsed, null, 2);
  return block(
    name,
    "code",
    text.length <= MAX_JSON_CHARACTERS ? text : `${text.slice(0, MAX_JSON_CHARACTERS)}…`,
    label,
  );
}

/**
 * An image whose data is there. One from elsewhere would tell that server who reads this, so it becomes a link.
 *
 * @param {unknown} address
 */
export function image(address) {
  const text = string(address);
  return text.startsWith("data:image/") ? block("image", "image", text) : link("image", text);
}

/**
 * A link to the web; an empty block if the address leads anywhere else.
 *
 * @param {string} name
 * @param {unknown} address
 */
export function link(name, address) {
  return block(name, "link", webAddress(address));
}

/**
 * The address if it is one of the web, else an empty text.
 *
 * @param {unknown} address
 */
export function webAddress(address) {
  return typeof address === "string" && /^https?:\/\//i.test(address) && URL.canParse(address) ? address : "";
}

/**
 * What is shown of a tool's result.
 *
 * @param {any} item
 */
export function result({ name, output }) {
  return { title: gettext("Result"), note: string(name), blocks: [pretty("output", output)] };
}

/** The texts among the values, as a line. @param {unknown[]} values */
export const joined = (...values) => values.map(string).filter(Boolean).join(" · ");

/** The texts in a list, as an enumeration. @param {unknown} value */
export const words = (value) => list(value).map(string).filter(Boolean).join(", ");

/** A text; an empty one for anything else. @param {unknown} value */
export const string = (value) => (typeof value === "string" ? value : "");

/** A list; an empty one for anything else. @param {unknown} value @returns {any[]} */
export const list = (value) => (Array.isArray(value) ? value : []);

/** The objects in a list. @param {unknown} value @returns {Record<string, any>[]} */
export const objects = (value) =>
  list(value).filter((entry) => typeof entry === "object" && entry && !Array.isArray(entry));
