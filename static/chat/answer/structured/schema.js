/** What a JSON schema says of a value: its label, its description, and what is in it. */

import { gettext } from "chat/lib/translations";

/** @typedef {Record<string, any>} Schema */

/** How many references are followed, one after another. */
const MAX_REFERENCES = 20;

/** A schema and the whole one that its references lead into. */
export class Described {
  /**
   * @param {Schema} schema
   * @param {Schema} [root]
   */
  constructor(schema, root = schema) {
    this.root = root;
    this.schema = followed(schema, root);
  }

  /**
   * Return the schema of what may be this value: of several kinds, the one that fits best.
   *
   * @param {unknown} value
   * @returns {Described}
   */
  of(value) {
    const branches = this.schema.anyOf ?? this.schema.oneOf;
    if (!Array.isArray(branches)) return this;
    const kinds = branches.filter(isObject).map((branch) => new Described(branch, this.root));
    const fitting = kinds.filter(({ schema }) => fits(schema, value));
    return fitting[0] ?? kinds.find(({ schema }) => schema.type !== "null") ?? this;
  }

  /** Return the schema of a property. @param {string} name */
  property(name) {
    const { properties } = this.schema;
    const own = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    return new Described(isObject(own) ? own : {}, this.root);
  }

  /** The schema of the entries of a list. */
  get items() {
    return new Described(isObject(this.schema.items) ? this.schema.items : {}, this.root);
  }

  /** The names of the properties, in their order. */
  get names() {
    return isObject(this.schema.properties) ? Object.keys(this.schema.properties) : [];
  }

  /**
   * The one type that isn't null; "" if there is none or several.
   *
   * @returns {string}
   */
  get type() {
    const { type, anyOf } = this.schema;
    if (Array.isArray(anyOf)) return this.of(undefined).schema.anyOf ? "" : this.of(undefined).type;
    const types = [type].flat().filter((each) => each !== "null");
    return types.length === 1 && typeof types[0] === "string" ? types[0] : "";
  }

  /** What people are told of it. */
  get description() {
    return typeof this.schema.description === "string" ? this.schema.description : "";
  }

  /** The format of a text, such as `date`. */
  get format() {
    return typeof this.schema.format === "string" ? this.schema.format : "";
  }

  /** Return the label for a property. @param {string} name */
  label(name) {
    return typeof this.schema.title === "string" && this.schema.title.trim() ? this.schema.title : words(name);
  }
}

/**
 * Return a name in words: `firstName` and `first_name` are "First name".
 *
 * @param {string} name
 */
export function words(name) {
  const spaced = name
    .replace(/([\p{Ll}\d])(\p{Lu})(?=\p{Ll})/gu, (_, before, after) => `${before} ${after.toLowerCase()}`)
    .replaceAll(/[_-]+/g, " ")
    .trim();
  return spaced ? spaced[0].toUpperCase() + spaced.slice(1) : gettext("(no name)");
}

/** @param {unknown} value @returns {value is Record<string, any>} */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {Schema}
 */
function followed(schema, root) {
  let found = schema;
  for (let count = 0; typeof found.$ref === "string"; count++) {
    const next = at(root, found.$ref);
    if (!isObject(next) || count >= MAX_REFERENCES) return {};
    found = next;
  }
  return found;
}

/**
 * @param {Schema} root
 * @param {string} reference
 */
function at(root, reference) {
  /** @type {any} */
  let found = root;
  for (const step of reference.replace(/^#/, "").split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/**
 * @param {Schema} schema
 * @param {unknown} value
 */
function fits({ type, properties }, value) {
  const types = [type].flat();
  if (value === null) return types.includes("null");
  if (Array.isArray(value)) return types.includes("array");
  if (typeof value === "number") return types.includes("number") || types.includes("integer");
  if (typeof value !== "object") return types.includes(typeof value);
  const names = Object.keys(value);
  return types.includes("object") && (!isObject(properties) || names.every((name) => Object.hasOwn(properties, name)));
}
