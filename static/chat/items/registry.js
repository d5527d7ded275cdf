/**
 * Output items that are no messages, as a reader wants to see them; whatever is unknown is shown as what it is.
 *
 * providers/sources.py says the same for items that are stored; tests/support/items.json is what both must make of each type.
 */

import { gettext, interpolate } from "chat/lib/translations";

/**
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {"markdown" | "code" | "text" | "link" | "picture"} Kind
 * @typedef {{name: string, kind: Kind, content: string, label: string}} Block
 * @typedef {{type: string, title: string, note: string, blocks: Block[], state: string, isOpen: boolean}} Shown
 * @typedef {{title: string, address: string, host: string}} Source
 * @typedef {[string, string, Block[]]} Described
 */

const LONGEST_JSON = 20_000;
const RUNNING = new Set(["in_progress", "searching", "interpreting", "generating", "calling"]);

/** @type {Record<string, (item: any) => Described>} */
const TYPES = {
  reasoning: ({ summary, content }) => [
    gettext("Thought"),
    "",
    [
      ...objects(summary).map(({ text }, at) => block(`summary-${at}`, "markdown", text)),
      ...objects(content).map(({ text }, at) => block(`content-${at}`, "markdown", text)),
    ],
  ],
  web_search_call: ({ action }) => [
    gettext("Web search"),
    string(action?.query) || words(action?.queries) || string(action?.pattern),
    [action?.url, ...objects(action?.sources).map(({ url }) => url)].map((url) =>
      block("page", "link", webAddress(url)),
    ),
  ],
  file_search_call: ({ queries, results }) => [
    gettext("File search"),
    words(queries),
    objects(results).map(({ text, filename }) => block("result", "text", text, filename)),
  ],
  code_interpreter_call: ({ code, outputs }) => [
    gettext("Code"),
    "",
    [
      block("code", "code", code),
      ...objects(outputs).flatMap(({ logs, url }) => [block("output", "code", logs, gettext("Output")), picture(url)]),
    ],
  ],
  function_call: (item) => [gettext("Function call"), string(item.name), [pretty("arguments", item.arguments)]],
  function_call_output: output,
  custom_tool_call: ({ name, input }) => [gettext("Tool call"), string(name), [block("input", "code", input)]],
  custom_tool_call_output: output,
  mcp_call: (item) => [
    gettext("Tool call"),
    joined(item.server_label, item.name),
    [
      pretty("arguments", item.arguments),
      pretty("output", item.output, gettext("Result")),
      pretty("error", item.error, gettext("Error")),
    ],
  ],
  mcp_list_tools: ({ server_label, tools, error }) => [
    gettext("Tools"),
    string(server_label),
    [
      ...objects(tools).map(({ name, description }) => block("tool", "text", string(description) || name, name)),
      pretty("error", error, gettext("Error")),
    ],
  ],
  mcp_approval_request: (item) => [
    gettext("Asks for approval"),
    joined(item.server_label, item.name),
    [pretty("arguments", item.arguments)],
  ],
  image_generation_call: ({ result, output_format, revised_prompt, error }) => [
    gettext("Picture"),
    "",
    [
      picture(string(result) && `data:image/${string(output_format) || "png"};base64,${result}`),
      block("prompt", "text", revised_prompt),
      pretty("error", error, gettext("Error")),
    ],
  ],
  computer_call: ({ action, actions, pending_safety_checks }) => [
    gettext("Computer"),
    string(action?.type),
    [
      pretty("action", action ?? actions),
      ...objects(pending_safety_checks).map(({ message, code }) =>
        block("check", "text", string(message) || code, gettext("Safety check")),
      ),
    ],
  ],
  computer_call_output: (item) => [gettext("Screen"), "", [picture(item.output?.image_url)]],
  local_shell_call: command,
  local_shell_call_output: commandOutput,
  shell_call: command,
  shell_call_output: commandOutput,
  apply_patch_call: ({ operation }) => [
    gettext("Patch"),
    string(operation?.path),
    [block("patch", "code", operation?.diff)],
  ],
  apply_patch_call_output: output,
  program: ({ code }) => [gettext("Code"), "", [block("code", "code", code)]],
};

/**
 * @param {Item} item
 * @param {{isOver?: boolean}} [answer] what was cut off does not run any more where the answer is over
 * @returns {Shown | null} null where there is nothing to see: a message, which is shown by its parts, or a thought
 *   without words
 */
export function shown(item, { isOver = false } = {}) {
  const type = string(item.type) || "unknown";
  if (type === "message") return null;
  const [title, note, described] = (Object.hasOwn(TYPES, type) ? TYPES[type] : unknown)(item);
  const blocks = described.filter(({ content }) => content);
  const stated = stateOf(item.status);
  const state = isOver && stated === "running" ? "" : stated;
  const isThinking = type === "reasoning" && state === "running";
  if (type === "reasoning" && !isThinking && !blocks.length) return null;
  return {
    type,
    title: isThinking ? gettext("Thinking") : title,
    note,
    blocks,
    state,
    isOpen: type === "image_generation_call",
  };
}

/**
 * What a citation leads to; a file has no address.
 *
 * @param {any} annotation
 * @returns {Source | null}
 */
export function sourceOf(annotation) {
  if (annotation?.type === "url_citation") {
    const address = webAddress(annotation.url);
    const host = address && new URL(address).hostname.replace(/^www\./, "");
    return address ? { title: string(annotation.title) || host, address, host } : null;
  }
  const title = string(annotation?.filename) || string(annotation?.file_id);
  return title ? { title, address: "", host: "" } : null;
}

/**
 * @param {any} item
 * @returns {Described}
 */
function output(item) {
  return [gettext("Result"), string(item.name), [pretty("output", item.output)]];
}

/**
 * @param {any} item
 * @returns {Described}
 */
function command({ action }) {
  const commands = list(action?.commands);
  const text = commands.length ? commands.map(string).join("\n") : list(action?.command).map(string).join(" ");
  return [gettext("Command"), "", [block("command", "code", text)]];
}

/**
 * @param {any} item
 * @returns {Described}
 */
function commandOutput(item) {
  const runs = objects(item.output);
  const streams = runs.flatMap(({ stdout, stderr }) => [string(stdout), string(stderr)]);
  return [
    gettext("Result"),
    joined(...runs.map(({ outcome }) => failure(outcome))),
    [block("output", "code", streams.filter(Boolean).join("\n") || item.output)],
  ];
}

/** How a command failed; empty where it did not. @param {any} outcome */
function failure(outcome) {
  if (outcome?.type === "timeout") return gettext("Timed out");
  const code = outcome?.exit_code;
  return Number.isInteger(code) && code !== 0 ? interpolate(gettext("Exit code %(code)s"), { code }) : "";
}

/**
 * @param {any} item
 * @returns {Described}
 */
function unknown({ type, id: _id, encrypted_content: _sealed, ...rest }) {
  const title = (string(type) || gettext("Unknown item")).replaceAll("_", " ").toLowerCase();
  return [title.charAt(0).toUpperCase() + title.slice(1), "", [pretty("item", rest)]];
}

/** @param {unknown} status */
export function stateOf(status) {
  if (status === "failed") return "failed";
  return typeof status === "string" && RUNNING.has(status) ? "running" : "";
}

/** @param {unknown} address */
function webAddress(address) {
  return typeof address === "string" && /^https?:\/\//i.test(address) && URL.canParse(address) ? address : "";
}

/**
 * One that is there; a picture elsewhere would tell that server who reads this, so it is linked.
 *
 * @param {unknown} address
 */
function picture(address) {
  const text = string(address);
  return text.startsWith("data:image/")
    ? block("picture", "picture", text)
    : block("picture", "link", webAddress(address));
}

/**
 * JSON, or a text that may be JSON, indented.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {string} [label]
 */
function pretty(name, value, label) {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = JSON.parse(value);
    } catch {
      return block(name, "code", value, label);
    }
  }
  const text = parsed === undefined || parsed === null || parsed === "" ? "" : JSON.stringify(parsed, null, 2);
  return block(name, "code", text.length <= LONGEST_JSON ? text : `${text.slice(0, LONGEST_JSON)}…`, label);
}

/**
 * @param {string} name
 * @param {Kind} kind
 * @param {unknown} content
 * @param {unknown} [label]
 * @returns {Block}
 */
function block(name, kind, content, label) {
  return { name, kind, content: string(content), label: string(label) };
}

/** @param {unknown[]} values */
const joined = (...values) => values.map(string).filter(Boolean).join(" · ");

/** @param {unknown} value */
const words = (value) => list(value).map(string).filter(Boolean).join(", ");

/** @param {unknown} value */
const string = (value) => (typeof value === "string" ? value : "");

/** @param {unknown} value @returns {any[]} */
const list = (value) => (Array.isArray(value) ? value : []);

/** @param {unknown} value @returns {Record<string, any>[]} */
const objects = (value) => list(value).filter((entry) => typeof entry === "object" && entry && !Array.isArray(entry));
