/**
 * Return JSON with a line for each entry. Only what is between strings changes, so that long numbers keep their digits.
 * If it isn't complete, neither is what is returned.
 *
 * @param {string} json
 */
export function indented(json) {
  /** @type {string[]} */
  const parts = [];
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs)) {
    const last = parts.at(-1);
    if (token === "}" || token === "]") {
      depth = Math.max(0, depth - 1);
      parts.push(last === "{" || last === "[" ? token : line() + token);
      continue;
    }
    if (last === "{" || last === "[" || last?.endsWith(",")) parts.push(line());
    if (token === "{" || token === "[") depth += 1;
    parts.push(token === ":" ? ": " : token);
  }
  return parts.join("");
}
