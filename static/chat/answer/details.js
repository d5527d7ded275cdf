import { namesIn, settingsInWords } from "chat/answer/settings";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { EFFORTS } from "chat/message/choice";

/**
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 * @typedef {import("chat/live/protocol").Usage} Usage
 */

/** @type {Record<string, string>} */
const STATUSES = {
  completed: gettext("Complete"),
  incomplete: gettext("Cut off"),
  failed: gettext("Failed"),
  cancelled: gettext("Stopped"),
};

/**
 * The details of an answer, such as its model and tokens, in a popover. They are rendered when it opens, so that a page
 * with many answers loads fast.
 */
export class AnswerDetails extends HTMLElement {
  connectedCallback() {
    this.addEventListener("beforetoggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") this.#render();
    });
  }

  /** Set the response whose details to show. @param {ResponseObject} response */
  show({ status, model, assistant, reasoning, not_applied, created_at, completed_at, turn }) {
    const values = {
      status,
      model,
      assistant: assistant?.name,
      version: assistant?.version,
      effort: reasoning?.effort,
      notApplied: not_applied?.join(" "),
      // A step goes on with what was asked before.
      createdAt: turn ? this.dataset.createdAt : created_at,
      completedAt: completed_at,
    };
    for (const [name, value] of Object.entries(values)) this.dataset[name] = String(value ?? "");
  }

  /** The tokens of the last response, input and output together; 0 if the provider didn't count them. */
  get tokens() {
    const { input_tokens, output_tokens } = this.#usages.at(-1) ?? {};
    return Number(input_tokens) > 0 ? Number(input_tokens) + (Number(output_tokens) || 0) : 0;
  }

  /** The counts of the responses of the turn that have ended. */
  get #usages() {
    const outputs = this.closest("chat-response")?.querySelectorAll("response-output") ?? [];
    return [...outputs].flatMap((output) => {
      const { usage } = /** @type {HTMLElement} */ (output).dataset;
      return usage ? [/** @type {Usage} */ (JSON.parse(usage))] : [];
    });
  }

  #render() {
    if (!this.firstElementChild) this.append(fromTemplate("#answer-details-template", HTMLElement));
    const { status, model, assistant, version, effort, createdAt, completedAt } = this.dataset;
    this.#fill("status", STATUSES[status ?? ""]);
    this.#fill("model", model);
    this.#fill(
      "assistant",
      assistant && interpolate(gettext("%(name)s, version %(version)s"), { name: assistant, version: version ?? "" }),
    );
    this.#fill("effort", effort && (EFFORTS[effort] ?? effort));
    this.#fill("not-applied", settingsInWords(namesIn(this.dataset.notApplied)));
    this.#fill("asked", createdAt && formatTime(Number(createdAt)));
    this.#fill("took", createdAt && completedAt && formatDuration(Number(completedAt) - Number(createdAt)));
    const usages = this.#usages;
    const input = sum(usages.map(({ input_tokens }) => input_tokens));
    const cached = sum(usages.map(({ input_tokens_details }) => input_tokens_details?.cached_tokens));
    const written = sum(usages.map(({ input_tokens_details }) => input_tokens_details?.cache_write_tokens));
    const output = sum(usages.map(({ output_tokens }) => output_tokens));
    const reasoning = sum(usages.map(({ output_tokens_details }) => output_tokens_details?.reasoning_tokens));
    this.#fill("input", formatTokens(input, cached, gettext("%(count)s cached")));
    this.#fill("cache-written", written ? formatTokens(written) : "");
    this.#fill("output", formatTokens(output, reasoning, gettext("%(count)s for reasoning")));
  }

  /**
   * @param {string} name
   * @param {string | undefined} text hides the detail if empty
   */
  #fill(name, text) {
    const value = find(this, `[data-name=${name}]`, HTMLElement);
    value.textContent = text ?? "";
    /** @type {HTMLElement} */ (value.parentElement).hidden = !text;
  }
}

const language = () => document.documentElement.lang || undefined;

/** @param {number} seconds since 1970 */
export function formatTime(seconds) {
  return new Date(seconds * 1000).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

/** @param {number} seconds */
function formatDuration(seconds) {
  if (seconds < 1) return gettext("less than a second");
  const minutes = Math.floor(seconds / 60);
  const units = [
    minutes && formatNumber(minutes, { style: "unit", unit: "minute", unitDisplay: "long" }),
    seconds % 60 && formatNumber(seconds % 60, { style: "unit", unit: "second", unitDisplay: "long" }),
  ];
  return units.filter(Boolean).join(" ");
}

/**
 * Add up counts of tokens; undefined if there are none. Some providers don't count, and some counts aren't numbers.
 *
 * @param {unknown[]} counts
 */
function sum(counts) {
  const known = counts.flatMap((count) => (typeof count === "number" && count >= 0 ? [count] : []));
  return known.length ? known.reduce((total, count) => total + count, 0) : undefined;
}

/**
 * Format a number of tokens, and how many of them are special.
 *
 * @param {number | undefined} all
 * @param {number | undefined} [some]
 * @param {string} [label] of the special ones, with `%(count)s`
 */
function formatTokens(all, some, label = "") {
  if (all === undefined) return undefined;
  const count = formatNumber(all);
  const sentence = interpolate(ngettext("%(count)s token", "%(count)s tokens", all), { count });
  return some ? `${sentence}, ${interpolate(label, { count: formatNumber(some) })}` : sentence;
}

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
function formatNumber(value, options) {
  return value.toLocaleString(language(), options);
}

customElements.define("answer-details", AnswerDetails);
