/** A JSON schema as a list of fields that people fill in, and back. What fields can't say stays JSON. */

/**
 * @typedef {"string" | "number" | "integer" | "boolean" | "date" | "date-time" | "choice" | "object"} Kind
 * @typedef {{
 *   name: string,
 *   kind: Kind,
 *   title: string,
 *   description: string,
 *   isOptional: boolean,
 *   isList: boolean,
 *   choices: string[],
 *   fields: Field[],
 * }} Field
 * @typedef {Record<string, any>} Schema
 */

/** @type {Kind[]} */
export const KINDS = ["string", "number", "integer", "boolean", "date", "date-time", "choice", "object"];
/** How deep objects may be nested in the form. JSON can go deeper. */
export const MAX_DEPTH = 4;

/** @returns {Field} */
export function newField() {
  return {
    name: "",
    kind: "string",
    title: "",
    description: "",
    isOptional: false,
    isList: false,
    choices: [],
    fields: [],
  };
}

/**
 * Return the schema in the strict subset that the fields say.
 *
 * @param {Field[]} fields
 * @returns {Schema}
 */
export function toSchema(fields) {
  return {
    type: "object",
    // Later ones of the same name would replace earlier ones; the server says that a name is missing.
    properties: Object.fromEntries(fields.map((field) => [field.name, ofField(field)])),
    required: fields.map(({ name }) => name),
    additionalProperties: false,
  };
}

/**
 * Return the fields that a schema says; undefined if they can't say all of it.
 *
 * @param {unknown} schema
 * @returns {Field[] | undefined}
 */
export function toFields(schema) {
  const fields = fieldsOf(schema, 0);
  return fields && canonical(toSchema(fields)) === canonical(schema) ? fields : undefined;
}

/** @param {Field} field @returns {Schema} */
function ofField(field) {
  const { kind, title, description, isOptional, isList } = field;
  const about = { ...(title && { title }), ...(description && { description }) };
  const single = ofKind(field);
  const { type, ...more } = isList ? { type: "array", items: single } : single;
  if (!isOptional) return { type, ...about, ...more };
  if (isList || kind === "object") return { ...about, anyOf: [{ type, ...more }, { type: "null" }] };
  const choices = more.enum && { enum: [...more.enum, null] };
  return { type: [type, "null"], ...about, ...more, ...choices };
}

/** @param {Field} field @returns {Schema} */
function ofKind({ kind, choices, fields }) {
  if (kind === "object") return toSchema(fields);
  if (kind === "choice") return { type: "string", enum: choices };
  if (kind === "date" || kind === "date-time") return { type: "string", format: kind };
  return { type: kind };
}

/**
 * @param {any} schema
 * @param {number} depth
 * @returns {Field[] | undefined}
 */
function fieldsOf(schema, depth) {
  if (!isObject(schema) || !isObject(schema.properties) || depth > MAX_DEPTH) return undefined;
  const fields = Object.entries(schema.properties).map(([name, inner]) => fieldOf(name, inner, depth));
  return fields.every((field) => field !== undefined) ? /** @type {Field[]} */ (fields) : undefined;
}

/**
 * @param {string} name
 * @param {any} schema
 * @param {number} depth
 * @returns {Field | undefined}
 */
function fieldOf(name, schema, depth) {
  if (!isObject(schema)) return undefined;
  const field = newField();
  field.name = name;
  field.title = text(schema.title);
  field.description = text(schema.description);
  let inner = schema;
  if (Array.isArray(inner.anyOf)) {
    field.isOptional = true;
    inner = inner.anyOf[0];
  } else if (Array.isArray(inner.type)) {
    field.isOptional = true;
    inner = { ...inner, type: inner.type[0] };
  }
  if (inner?.type === "array") {
    field.isList = true;
    inner = inner.items;
  }
  if (!isObject(inner)) return undefined;
  if (inner.type === "object") {
    const fields = fieldsOf(inner, depth + 1);
    return fields && { ...field, kind: "object", fields };
  }
  if (Array.isArray(inner.enum)) {
    const choices = inner.enum.filter((choice) => choice !== null);
    return choices.every((choice) => typeof choice === "string") ? { ...field, kind: "choice", choices } : undefined;
  }
  const kind = inner.format ?? inner.type;
  return KINDS.includes(kind) ? { ...field, kind } : undefined;
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value : "");

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Return JSON that is the same for schemas that mean the same: the order of keywords means nothing, that of properties
 * does.
 *
 * @param {unknown} value
 * @param {boolean} [isProperties]
 * @returns {string}
 */
function canonical(value, isProperties = false) {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each))}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const names = Object.keys(value);
  if (!isProperties) names.sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name], name === "properties" && !isProperties)}`)}}`;
}
