/** Where a value stands in a JSON text. */

const TOKEN = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * Return the line, from 1, in which the value at a JSON pointer begins; that of the innermost value around it if it isn't
 * there.
 *
 * @param {string} json
 * @param {string} pointer
 */
export function lineOf(json, pointer) {
  /** @type {{path: string, isList: boolean, step: string, count: number}[]} */
  const open = [];
  let found = 0;
  let foundLength = -1;
  let isKey = false;
  const pathHere = () => {
    const last = open.at(-1);
    return last ? `${last.path}/${last.isList ? last.count : last.step}` : "";
  };
  const note = (/** @type {number} */ index) => {
    const path = pathHere();
    const isOnTheWay = pointer === path || pointer.startsWith(`${path}/`);
    if (!isOnTheWay || path.length <= foundLength) return;
    found = index;
    foundLength = path.length;
  };
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const last = open.at(-1);
    if (token === "}" || token === "]") open.pop();
    else if (token === ",") {
      if (last) last.count += 1;
      isKey = last !== undefined && !last.isList;
    } else if (token === ":") isKey = false;
    else if (isKey && last) {
      last.step = escaped(token);
      // A property is found by its name, which may stand on a line above its value.
      note(index);
    } else {
      note(index);
      if (token === "{" || token === "[") {
        open.push({ path: pathHere(), isList: token === "[", step: "", count: 0 });
        isKey = token === "{";
      }
    }
  }
  return json.slice(0, found).split("\n").length;
}

/** @param {string} token a string of JSON */
function escaped(token) {
  let name = token;
  try {
    name = JSON.parse(token);
  } catch {
    // The last string isn't closed.
  }
  return String(name).replaceAll("~", "~0").replaceAll("/", "~1");
}
