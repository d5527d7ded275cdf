import { namesIn, settingsInWords } from "chat/answer/settings";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { EFFORTS } from "chat/message/choice";

/** @typedef {import("chat/live/protocol").ResponseObject} ResponseObject */

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
  show({ status, model, assistant, reasoning, not_applied, created_at, completed_at, usage }) {
    const values = {
      status,
      model,
      assistant: assistant?.name,
      version: assistant?.version,
      effort: reasoning?.effort,
      notApplied: not_applied?.join(" "),
      createdAt: created_at,
      completedAt: completed_at,
      inputTokens: usage?.input_tokens,
      cachedTokens: usage?.input_tokens_details?.cached_tokens,
      cacheWriteTokens: usage?.input_tokens_details?.cache_write_tokens,
      outputTokens: usage?.output_tokens,
      reasoningTokens: usage?.output_tokens_details?.reasoning_tokens,
    };
    for (const [name, value] of Object.entries(values)) this.dataset[name] = String(value ?? "");
  }

  /** The tokens of the input and the output together; 0 if the provider didn't count them. */
  get tokens() {
    const { inputTokens, outputTokens } = this.dataset;
    return Number(inputTokens) > 0 ? Number(inputTokens) + (Number(outputTokens) || 0) : 0;
  }

  #render() {
    if (!this.firstElementChild) this.append(fromTemplate("#answer-details-template", HTMLElement));
    const {
      status,
      model,
      assistant,
      version,
      effort,
      createdAt,
      completedAt,
      inputTokens,
      cachedTokens,
      cacheWriteTokens,
      outputTokens,
      reasoningTokens,
    } = this.dataset;
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
    this.#fill("input", formatTokens(inputTokens, cachedTokens, gettext("%(count)s cached")));
    this.#fill("cache-written", Number(cacheWriteTokens) > 0 ? formatTokens(cacheWriteTokens, undefined, "") : "");
    this.#fill("output", formatTokens(outputTokens, reasoningTokens, gettext("%(count)s for reasoning")));
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
function formatTime(seconds) {
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
 * Format a number of tokens, and how many of them are special.
 *
 * @param {string | undefined} all
 * @param {string | undefined} some
 * @param {string} label of the special ones, with `%(count)s`
 */
function formatTokens(all, some, label) {
  // Some providers don't count tokens, and some counts aren't numbers.
  if (!(Number(all) >= 0) || all === "") return undefined;
  const count = formatNumber(Number(all));
  const sentence = interpolate(ngettext("%(count)s token", "%(count)s tokens", Number(all)), { count });
  return Number(some) > 0 ? `${sentence}, ${interpolate(label, { count: formatNumber(Number(some)) })}` : sentence;
}

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
function formatNumber(value, options) {
  return value.toLocaleString(language(), options);
}

customElements.define("answer-details", AnswerDetails);
