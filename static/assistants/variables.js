/** The variables in an assistant's instructions, as assistants/instructions.py finds them. */

import { gettext, interpolate } from "chat/lib/translations";

const VARIABLE = /\{\{\s*([\p{L}\p{N}_]{1,40})\s*\}\}/gu;

/**
 * Return the names of the variables in a text, each once, in their order.
 *
 * @param {string} text
 */
export const named = (text) => [...new Set([...text.matchAll(VARIABLE)].map((match) => String(match[1])))];

/**
 * Say which variables the site fills in, and which a person is asked for; "" if there are none.
 *
 * @param {string[]} names
 * @param {string[]} known those that the site fills in
 */
export function sentence(names, known) {
  const filled = names.filter((name) => known.includes(name));
  const asked = names.filter((name) => !known.includes(name));
  return [
    filled.length ? interpolate(gettext("Filled in by the site: %(names)s."), { names: filled.join(", ") }) : "",
    asked.length ? interpolate(gettext("Asked for at the start: %(names)s."), { names: asked.join(", ") }) : "",
  ]
    .filter(Boolean)
    .join(" ");
}
