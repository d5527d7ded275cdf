/** The blocks that items are shown as, made from whatever a provider sent. */

import { gettext } from "chat/lib/translations";

/**
 * A piece of an item. `format` is how it is shown; deltas find it by its `name`.
 *
 * @typedef {"markdown" | "code" | "text" | "link" | "image" | "generated" | "values"} Format
 * @typedef {{name: string, format: Format, content: string, label: string}} Block
 */

/** Longer JSON is truncated: an image made by a model is megabytes of base64. */
const MAX_JSON_CHARACTERS = 20_000;
/** A text, or a number. */
const LITERAL = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?/gi;

/**
 * Return a block. Its content and label are empty if they aren't strings.
 *
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
 * Return what JSON says. Whole numbers that JavaScript would round, such as ids, become the texts that they are: what a
 * person allows must be what is done.
 *
 * @param {string} json
 */
export function parseJson(json) {
  // First, because looking for literals in what is no JSON could take for ever.
  const value = JSON.parse(json);
  const written = json.replace(LITERAL, (each) => (each.startsWith('"') || isExact(each) ? each : `"${each}"`));
  return written === json ? value : JSON.parse(written);
}

/** @param {string} literal of a number */
const isExact = (literal) =>
  /^-?\d+$/.test(literal) ? Number.isSafeInteger(Number(literal)) : Number.isFinite(Number(literal));

/**
 * Return a block with a value, or with the JSON in a string, as indented JSON. Long JSON is truncated.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {string} [label]
 */
export function pretty(name, value, label) {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = parseJson(value);
    } catch {
      return block(name, "code", value, label);
    }
    // A number that JavaScript would round.
    if (parsed === value) return block(name, "code", value, label);
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
 * Return a block with JSON as people read it: the names and values of an object, or a table of a list of objects. Other
 * JSON is indented, and what is none is shown as it is.
 *
 * @param {string} name
 * @param {unknown} text
 * @param {string} [label]
 * @returns {Block}
 */
export function readable(name, text, label = "") {
  let value;
  try {
    value = parseJson(string(text));
  } catch {
    return block(name, "text", text, label);
  }
  const isTable = Array.isArray(value) && value.length > 0 && objects(value).length === value.length;
  const isGroup = typeof value === "object" && value && !Array.isArray(value) && Object.keys(value).length > 0;
  if (isTable || isGroup) return block(name, "values", JSON.stringify(value), label);
  return typeof value === "object" && value && !value.length ? block(name, "text", "") : pretty(name, value, label);
}

/**
 * Return an image block, or a link block if the URL doesn't contain the data. Loading the image would tell its server
 * who reads this.
 *
 * @param {unknown} url
 */
export function image(url) {
  const text = string(url);
  return text.startsWith("data:image/") ? block("image", "image", text) : link("image", text);
}

/**
 * Return a link block, which is empty if the URL isn't an HTTP one.
 *
 * @param {string} name
 * @param {unknown} url
 */
export function link(name, url) {
  return block(name, "link", webUrl(url));
}

/**
 * Return the URL if it is an HTTP or HTTPS one, else an empty string.
 *
 * @param {unknown} url
 */
export function webUrl(url) {
  return typeof url === "string" && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : "";
}

/**
 * Describe the result of a tool.
 *
 * @param {any} item
 */
export function result({ name, output }) {
  return { title: gettext("Result"), note: string(name), blocks: [pretty("output", output)] };
}

/** Join the strings among the values by dots. @param {unknown[]} values */
export const joinByDots = (...values) => values.map(string).filter(Boolean).join(" · ");

/** Join the strings in a list by commas. @param {unknown} value */
export const joinByCommas = (value) => list(value).map(string).filter(Boolean).join(", ");

/** Return a string, or an empty one if the value isn't a string. @param {unknown} value */
export const string = (value) => (typeof value === "string" ? value : "");

/** Return an array, or an empty one if the value isn't an array. @param {unknown} value @returns {any[]} */
export const list = (value) => (Array.isArray(value) ? value : []);

/** Return the objects in a list. @param {unknown} value @returns {Record<string, any>[]} */
export const objects = (value) =>
  list(value).filter((entry) => typeof entry === "object" && entry && !Array.isArray(entry));
