import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").ResponseObject} ResponseObject */

/** @type {Record<string, string>} */
const STATUSES = {
  completed: gettext("Complete"),
  incomplete: gettext("Cut off"),
  failed: gettext("Failed"),
  cancelled: gettext("Stopped"),
};

/**
 * What an answer took, shown over the page when somebody wants to know. It is drawn when it opens, so a page with many
 * answers does not pay for it.
 */
export class AnswerDetails extends HTMLElement {
  connectedCallback() {
    this.addEventListener("beforetoggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") this.#draw();
    });
  }

  /** @param {ResponseObject} response */
  show({ status, model, created_at, completed_at, usage }) {
    const values = {
      status,
      model,
      createdAt: created_at,
      completedAt: completed_at,
      inputTokens: usage?.input_tokens,
      cachedTokens: usage?.input_tokens_details?.cached_tokens,
      outputTokens: usage?.output_tokens,
      reasoningTokens: usage?.output_tokens_details?.reasoning_tokens,
    };
    for (const [name, value] of Object.entries(values)) this.dataset[name] = String(value ?? "");
  }

  #draw() {
    if (!this.firstElementChild) this.append(fromTemplate("#answer-details-template", HTMLElement));
    const { status, model, createdAt, completedAt, inputTokens, cachedTokens, outputTokens, reasoningTokens } =
      this.dataset;
    this.#fill("status", STATUSES[status ?? ""]);
    this.#fill("model", model);
    this.#fill("asked", createdAt && moment(Number(createdAt)));
    this.#fill("took", createdAt && completedAt && duration(Number(completedAt) - Number(createdAt)));
    this.#fill("input", tokens(inputTokens, cachedTokens, gettext("%(count)s of them cached")));
    this.#fill("output", tokens(outputTokens, reasoningTokens, gettext("%(count)s of them reasoning")));
  }

  /**
   * @param {string} name
   * @param {string | undefined} text nothing where it is not known
   */
  #fill(name, text) {
    const value = find(this, `[data-name=${name}]`, HTMLElement);
    value.textContent = text ?? "";
    /** @type {HTMLElement} */ (value.parentElement).hidden = !text;
  }
}

const language = () => document.documentElement.lang || undefined;

/** @param {number} seconds since 1970 */
function moment(seconds) {
  return new Date(seconds * 1000).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 1) return gettext("less than a second");
  const minutes = Math.floor(seconds / 60);
  const units = [
    minutes && amount(minutes, { style: "unit", unit: "minute", unitDisplay: "long" }),
    seconds % 60 && amount(seconds % 60, { style: "unit", unit: "second", unitDisplay: "long" }),
  ];
  return units.filter(Boolean).join(" ");
}

/**
 * @param {string | undefined} all
 * @param {string | undefined} some
 * @param {string} words what the some are
 */
function tokens(all, some, words) {
  // Not every server counts, and not every server's count is a number.
  if (!(Number(all) >= 0) || all === "") return undefined;
  const count = amount(Number(all));
  const sentence = interpolate(ngettext("%(count)s token", "%(count)s tokens", Number(all)), { count });
  return Number(some) > 0 ? `${sentence}, ${interpolate(words, { count: amount(Number(some)) })}` : sentence;
}

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
function amount(value, options) {
  return value.toLocaleString(language(), options);
}

customElements.define("answer-details", AnswerDetails);
