/**
 * What of a block that is still arriving can be drawn without flashing markup that the next words turn into something
 * else: a list's first dash (until then a heading's underline), half a table, an open `**`, half a link.
 *
 * @param {string} text from the start of the block
 */
export function settle(text) {
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  if (isInsideFence(text)) return /^\s*(`+|~+)$/.test(line) ? text.slice(0, start) : text;
  const table = /(?:^|\n)(?:[ \t]*\|[^\n]*(?:\n|$))+$/.exec(text);
  if (table && !/^\s*\|.*\n[-|: \t]+\n/.test(table[0])) return text.slice(0, table.index);
  if (/^\s*([-=*_+#>|~`:\s]+|\d{1,9}[.)]?)$/.test(line)) return text.slice(0, start);
  return text.slice(0, start) + closeInline(line);
}

/** @param {string} text */
function isInsideFence(text) {
  let fence = "";
  for (const [, mark] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (!fence) fence = mark;
    else if (mark[0] === fence[0] && mark.length >= fence.length) fence = "";
  }
  return fence !== "";
}

/** @param {string} line */
function closeInline(line) {
  const settled = line.replace(/!?\[([^\]]*)(?:\](?:\([^)]*)?)?$/, "$1");
  const outsideCode = settled.replace(/`[^`]*`/g, "");
  if (outsideCode.includes("`")) return settled.endsWith("`") ? settled.slice(0, -1) : `${settled}\``;
  if (outsideCode.split("**").length % 2 === 1) return settled;
  return settled.endsWith("**") ? settled.slice(0, -2) : `${settled.trimEnd()}**`;
}
