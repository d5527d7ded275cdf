/** What the buttons of code blocks and tables do. */

import { copy, copyByIcon } from "chat/lib/copy";
import { find } from "chat/lib/dom";
import { resolveLanguage } from "chat/markdown/render/languages";
import { richText } from "chat/markdown/render/rich-text";

/** Endings of file names by language, where they differ from its name. */
const ENDINGS = new Map(
  Object.entries({
    bash: "sh",
    csharp: "cs",
    dockerfile: "dockerfile",
    dos: "bat",
    elixir: "ex",
    erlang: "erl",
    haskell: "hs",
    javascript: "js",
    kotlin: "kt",
    latex: "tex",
    makefile: "mk",
    markdown: "md",
    mermaid: "mmd",
    perl: "pl",
    pgsql: "sql",
    plaintext: "txt",
    powershell: "ps1",
    python: "py",
    ruby: "rb",
    rust: "rs",
    shell: "sh",
    typescript: "ts",
    yaml: "yml",
  }),
);

/** @type {Record<string, (button: HTMLButtonElement, block: Element) => void>} by a button's `data-tool` */
const TOOLS = {
  copy: (button, block) => copy(button, codeOf(block)),
  wrap: (button, block) => {
    button.ariaPressed = String(block.toggleAttribute("data-wrapped"));
  },
  download: (_button, block) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([codeOf(block)], { type: "text/plain" }));
    link.download = `code.${endingOf(find(block, "figcaption span", HTMLElement).textContent)}`;
    link.click();
    URL.revokeObjectURL(link.href);
  },
  "copy-table": (button, block) => {
    const table = find(block, ".table", HTMLElement);
    copyByIcon(button, tabSeparated(table), richText(table));
  },
};

/**
 * Do what a pressed button of a code block or table says, if one was pressed.
 *
 * @param {Event} event
 */
export function useBlockTool({ target }) {
  const button = target instanceof Element ? target.closest("[data-tool]") : null;
  const block = button?.closest("figure, .table-block");
  if (button instanceof HTMLButtonElement && block) TOOLS[button.dataset.tool ?? ""]?.(button, block);
}

/** @param {Element} block */
const codeOf = (block) => find(block, "code", HTMLElement).textContent;

/**
 * Return the ending of the file name for code.
 *
 * @param {string} name of its language, as the author wrote it
 */
function endingOf(name) {
  const language = resolveLanguage(name);
  return ENDINGS.get(language) ?? (/^[a-z0-9]{1,8}$/.test(language) ? language : "txt");
}

/**
 * Return a table's text as spreadsheets take it: a line for each row, with tabs between the cells.
 *
 * @param {HTMLElement} element
 */
function tabSeparated(element) {
  // A long table continues in others, which repeat its head.
  const [first, ...others] = element.querySelectorAll("table");
  const rows = [...first.rows, ...others.flatMap((table) => [...table.tBodies[0].rows])];
  return rows.map((row) => [...row.cells].map(cellText).join("\t")).join("\n");
}

/** @param {HTMLElement} cell */
const cellText = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
