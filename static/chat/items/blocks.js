/** The blocks that items are shown as, made from whatever a provider sent. */

import { gettext } from "chat/lib/translations";

/**
 * A piece of an item. `format` is how it is shown; deltas find it by its `name`. With an `href`, its label is a link.
 *
 * @typedef {"markdown" | "code" | "text" | "link" | "image" | "generated" | "values"} Format
 * @typedef {{name: string, format: Format, content: string, label: string, href?: string}} Block
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
 * Return a block with a value, or with the JSON in a string, as people read it: the names and values of an object, or a
 * table of a list of objects. Other JSON is indented, and a string that is none is shown as it is.
 *
 * @param {string} name
 * @param {unknown} given
 * @param {string} [label]
 * @returns {Block}
 */
export function readable(name, given, label = "") {
  let value = given;
  if (typeof given === "string") {
    try {
      value = parseJson(given);
    } catch {
      return block(name, "text", given, label);
    }
  }
  if (typeof value !== "object" || !value) return pretty(name, given, label);
  if (!Object.keys(value).length) return block(name, "text", "");
  const isDrawn = !Array.isArray(value) || value.some((each) => typeof each === "object" && each);
  return isDrawn ? block(name, "values", JSON.stringify(value), label) : pretty(name, value, label);
}

/**
 * Return the blocks with what a tool put out: a text, JSON, or the API's parts.
 *
 * @param {unknown} output
 * @param {string} [label] of the first one
 * @returns {Block[]}
 */
export function outputBlocks(output, label = gettext("Result")) {
  const isOfParts = Array.isArray(output) && output.some((part) => typeof part?.type === "string");
  const parts = isOfParts ? output : [{ text: output }];
  return parts.map((part, at) => outputBlock(part, `output-${at}`, at === 0 ? label : ""));
}

/**
 * @param {any} part
 * @param {string} name
 * @param {string} label
 * @returns {Block}
 */
function outputBlock(part, name, label) {
  const url = imageUrl(part);
  return url ? { name, format: "image", content: url, label } : readable(name, part?.text, label);
}

/**
 * Return the address of an image that stands in the part itself or on this site: another site would learn who reads this.
 *
 * @param {any} part
 */
function imageUrl(part) {
  const { file_id, image_url } = part ?? {};
  if (typeof image_url === "string" && image_url.startsWith("data:image/")) return image_url;
  return typeof file_id === "string" && /^[0-9a-f-]{36}$/.test(file_id) ? `/attachments/${file_id}/` : "";
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
  return { title: gettext("Result"), note: string(name), blocks: outputBlocks(output, "") };
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
