import { gettext, interpolate } from "chat/lib/translations";

/**
 * The names of a request's settings, by their names in the protocol.
 *
 * @type {Record<string, string>}
 */
const SETTINGS = {
  effort: gettext("effort"),
  verbosity: gettext("length of answers"),
  format: gettext("response format"),
  temperature: gettext("temperature"),
  top_p: gettext("top p"),
  max_output_tokens: gettext("most output tokens"),
  service_tier: gettext("service tier"),
  stop: gettext("stop sequences"),
  frequency_penalty: gettext("frequency penalty"),
  presence_penalty: gettext("presence penalty"),
  seed: gettext("seed"),
  logit_bias: gettext("logit bias"),
  knowledge: gettext("knowledge"),
  "tools.web_search": gettext("web search"),
  "tools.code_interpreter": gettext("code interpreter"),
  "tools.image_generation": gettext("image generation"),
};

/** Stands for a collection that is gone, among the names of settings. */
const COLLECTIONS = "collections";

/** Return settings as a list in words. @param {string[]} names */
export function settingsInWords(names) {
  const words = names.map((name) => SETTINGS[name] ?? name.replace(/^tools\./, ""));
  return new Intl.ListFormat(document.documentElement.lang || undefined).format(words);
}

/** Return the names in a data attribute. @param {string | undefined} names */
export function namesIn(names) {
  return names ? names.split(" ") : [];
}

/** A quiet line below an answer: which settings didn't apply to it. Its data attribute has their names. */
export class NotApplied extends HTMLElement {
  /** The names of the settings. @type {string[]} */ names = [];

  connectedCallback() {
    this.show(namesIn(this.dataset.names));
  }

  /** @param {string[]} names of settings; none hides it */
  show(names) {
    this.names = names;
    this.hidden = !names.length;
    const text = gettext("The model doesn't take all that was set. Not applied: %(names)s.");
    const untaken = names.filter((name) => name !== COLLECTIONS);
    this.textContent = [
      ...(untaken.length ? [interpolate(text, { names: settingsInWords(untaken) })] : []),
      ...(names.includes(COLLECTIONS)
        ? [gettext("A collection wasn't searched: it's gone, or you may not see it.")]
        : []),
    ].join(" ");
  }
}

customElements.define("not-applied", NotApplied);
