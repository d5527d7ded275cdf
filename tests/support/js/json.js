/** Random JSON, the same in each run. */

/** Without those that look like an index, which JavaScript puts first. */
const KEYS = ["a", "b b", "ü", '"q"', "\\", "__proto__", "constructor", "", "1.0", "name"];
const TEXTS = ["", "High tide", 'a "quoted" word', "back\\slash", "line\nbreak", "𝒳😀", "é中", "\u0001", "{[,]}"];
const NUMBERS = [0, -1, 12, 1.5, -0.25, 1e21, 1e-7, 123456789];

/**
 * Return a random value.
 *
 * @param {import("./texts.js").Random} random
 * @param {number} [depth]
 * @returns {any}
 */
export function anyJson(random, depth = 0) {
  const kind = random(depth < 4 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random(2) === 1;
  if (kind === 2) return NUMBERS[random(NUMBERS.length)];
  if (kind < 5) return TEXTS[random(TEXTS.length)];
  const inner = Array.from({ length: random(5) }, () => anyJson(random, depth + 1));
  if (kind === 5) return inner;
  // As JSON.parse does, which knows no prototypes.
  return JSON.parse(
    `{${inner.map((value) => `${JSON.stringify(KEYS[random(KEYS.length)])}:${JSON.stringify(value)}`)}}`,
  );
}

/**
 * Return a value as JSON with random spaces between its marks.
 *
 * @param {any} value
 * @param {import("./texts.js").Random} random
 * @returns {string}
 */
export function spaced(value, random) {
  const space = () => ["", "", " ", "\n  ", "\t"][random(5)];
  if (typeof value !== "object" || value === null) {
    const text = JSON.stringify(value);
    // Some models escape all that isn't ASCII.
    if (random(2)) return text;
    return text.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
  const entries = Array.isArray(value)
    ? value.map((each) => spaced(each, random))
    : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}${space()}:${space()}${spaced(each, random)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return open + space() + entries.join(`${space()},${space()}`) + space() + close;
}
