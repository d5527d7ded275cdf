/**
 * What a person types to find a prompt: "/", and part of its name.
 *
 * @typedef {{id: string, name: string, preview: string}} Prompt
 */

/** The longest name of a prompt, in characters. */
const MAX_LENGTH = 100;
const QUERY = new RegExp(`(?:^|\\s)/((?:[^\\s/][^\\n/]{0,${MAX_LENGTH - 1}})?)$`, "u");
/** How many prompts are offered. */
const MAX_SHOWN = 50;

/**
 * Return what is typed after a "/" at the beginning of a text or after a space, with the position of that "/"; null if
 * nobody is looking for a prompt there.
 *
 * @param {string} text
 * @param {number} caret the position in it
 * @returns {{start: number, text: string} | null}
 */
export function queryAt(text, caret) {
  // One character more than "/" and a name, so that what begins in the middle of the text doesn't look like its beginning.
  const before = text.slice(Math.max(caret - MAX_LENGTH - 2, 0), caret);
  const match = QUERY.exec(before);
  if (!match) return null;
  return { start: caret - match[1].length - 1, text: match[1] };
}

/**
 * Return the prompts whose name has these words in it, first those that begin with them.
 *
 * @param {Prompt[]} prompts in the order of their names
 * @param {string} query
 */
export function matching(prompts, query) {
  const wanted = folded(query.trim());
  const rank = (/** @type {Prompt} */ { name }) => {
    const at = folded(name).indexOf(wanted);
    return at < 0 ? 2 : Math.sign(at);
  };
  const ranked = prompts.map((prompt) => ({ prompt, rank: rank(prompt) }));
  const found = ranked.filter((each) => each.rank < 2).sort((one, other) => one.rank - other.rank);
  return found.slice(0, MAX_SHOWN).map(({ prompt }) => prompt);
}

/** @param {string} text without its accents, in small letters */
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
