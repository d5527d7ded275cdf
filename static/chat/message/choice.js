import { gettext } from "chat/lib/translations";

/**
 * What answers the next message: what the person chose, else what answered the last one, else the default.
 *
 * @typedef {{
 *   id: string,
 *   name: string,
 *   icon?: string,
 *   hue?: number | null,
 *   description?: string,
 *   variables?: string[],
 *   starters?: string[],
 *   provider?: string,
 *   provider_name?: string,
 *   model?: string,
 *   shutdown_on?: string | null,
 *   effort?: string | null,
 *   efforts?: string[],
 *   default_effort?: string,
 *   takes_verbosity?: boolean,
 *   takes_images?: boolean,
 *   takes_original?: boolean,
 *   context_window?: number | null,
 *   tools?: string[],
 *   tools_on?: string[],
 *   tools_refused?: string[],
 *   takes_knowledge?: boolean,
 *   collections?: string[],
 * }} Target an assistant, or a model, which has a `provider`; of its `tools`, those in `tools_on` are on unless switched;
 * its provider lately refused those in `tools_refused`. It searches in its `collections` unless they are switched off
 * @typedef {{
 *   assistants: Target[],
 *   models: Target[],
 *   favorites: string[],
 *   recent: string[],
 *   default: Target,
 *   tools: Record<string, string>,
 *   collections: Record<string, string>,
 * }} Offer the names of `tools` have titles for people, the ids of `collections` have names
 * @typedef {{
 *   assistant: string,
 *   name: string,
 *   provider: string,
 *   model: string,
 *   effort: string,
 *   verbosity: string,
 *   tools?: string[],
 *   collections?: string[],
 * }} AnsweredBy what answered a response; `assistant` and `provider` are ids, empty if there is none or it isn't known
 * @typedef {{target: string, effort?: string}} Compared one of several that answer side by side
 * @typedef {{
 *   target?: string,
 *   compared?: Compared[],
 *   effort?: string,
 *   verbosity?: string,
 *   tools?: string[],
 *   collections?: string[],
 * }} Chosen `target` is an id; an empty effort or verbosity is the target's own; `tools` and `collections` are those that
 * are on
 * @typedef {{
 *   assistant?: string,
 *   model?: string,
 *   effort?: string,
 *   verbosity?: string,
 *   tools?: Record<string, boolean>,
 *   collections?: Record<string, boolean>,
 *   variables?: Record<string, string>,
 *   compare?: {assistant?: string, model?: string, effort?: string}[],
 * }} Wish the fields of `response.create`
 */

/** How hard a model thinks, in words. @type {Record<string, string>} */
export const EFFORTS = {
  none: gettext("None"),
  minimal: gettext("Minimal"),
  low: gettext("Low"),
  medium: gettext("Medium"),
  high: gettext("High"),
  xhigh: gettext("Very high"),
  max: gettext("Maximum"),
};

/** A choice, and all that follows from it. */
export class Choice {
  #offer;
  /** @type {Chosen} */ chosen;
  /** @type {AnsweredBy | null} */ before;

  /**
   * @param {Offer} offer
   * @param {Chosen} [chosen]
   * @param {AnsweredBy | null} [before] what answered the message that the next one continues
   */
  constructor(offer, chosen = {}, before = null) {
    this.#offer = offer;
    this.chosen = chosen;
    this.before = before;
  }

  /** What answers; one that isn't offered has no id. @returns {Target} */
  get target() {
    const chosen = this.compared[0]?.target ?? this.#find(this.chosen.target);
    if (chosen) return chosen;
    return this.#continued ?? this.#find(this.#offer.default.id) ?? { ...this.#offer.default, id: "" };
  }

  /**
   * What answers the next message side by side, each with its own effort, if one was chosen; empty if one alone answers.
   *
   * @returns {{target: Target, effort: string}[]}
   */
  get compared() {
    const found = (this.chosen.compared ?? []).flatMap(({ target: id, effort = "" }) => {
      const target = this.#find(id);
      return target ? { target, effort: target.efforts?.includes(effort) ? effort : "" } : [];
    });
    return found.length > 1 ? found : [];
  }

  /** The effort that was chosen, now or for the message before; empty for the target's own. */
  get effort() {
    return this.#level("effort", this.target.efforts ?? []);
  }

  /** The verbosity, likewise. */
  get verbosity() {
    return this.#level("verbosity", this.target.takes_verbosity ? ["low", "medium", "high"] : []);
  }

  /** The tools that are on, of those that the target takes: what was chosen, now or for the message before. */
  get tools() {
    const { tools = [], tools_on = [] } = this.target;
    const on = this.chosen.tools ?? (this.chosen.target ? undefined : this.before?.tools) ?? tools_on;
    return tools.filter((name) => on.includes(name));
  }

  /** The ids of the collections of files that are searched: what was chosen, now or for the message before. */
  get collections() {
    const { collections = [] } = this.target;
    const on = this.chosen.collections ?? (this.chosen.target ? undefined : this.before?.collections) ?? collections;
    return this.offered.filter((id) => on.includes(id));
  }

  /** The ids of the collections that may be searched. */
  get offered() {
    return this.target.takes_knowledge ? Object.keys(this.#offer.collections) : [];
  }

  /** Whether something was chosen that the message before didn't have. */
  get isNew() {
    return Object.keys(this.chosen).length > 0;
  }

  /** @returns {Wish} */
  get wish() {
    if (!this.isNew) return this.#switched;
    const { target, effort, verbosity, compared } = this;
    const [first, ...others] = compared.map((each) => ({
      ...named(each.target),
      ...(each.effort && { effort: each.effort }),
    }));
    if (first) return { ...first, compare: others };
    // Named although it may be the same as before, so that a level that is no longer chosen isn't continued.
    return {
      ...(target.id && named(target)),
      ...(effort && { effort }),
      ...(verbosity && { verbosity }),
      ...this.#switched,
    };
  }

  /**
   * Return the wish of a message that is sent again: what answered it answers again, unless something was chosen since.
   *
   * @param {AnsweredBy} answeredBy
   * @returns {Wish}
   */
  again({ effort, verbosity, tools, collections, ...by }) {
    const again = new Choice(this.#offer, {}, { effort, verbosity, ...by });
    const target = again.#continued;
    if (this.isNew || !target) return this.wish;
    again.chosen = {
      target: target.id,
      effort,
      verbosity,
      ...(tools && { tools }),
      ...(collections && { collections }),
    };
    return again.wish;
  }

  /** The tools and collections that are not as the target has them. @returns {Wish} */
  get #switched() {
    const { target } = this;
    const tools = switches(target.tools ?? [], this.tools, target.tools_on ?? []);
    const collections = switches(this.offered, this.collections, target.collections ?? []);
    return { ...(tools && { tools }), ...(collections && { collections }) };
  }

  /** What answered before, if it is still offered. */
  get #continued() {
    const { before } = this;
    if (before?.assistant) return this.#find(before.assistant);
    return this.#offer.models.find(({ provider, model }) => provider === before?.provider && model === before?.model);
  }

  /**
   * @param {"effort" | "verbosity"} name
   * @param {string[]} taken
   */
  #level(name, taken) {
    const continued = this.chosen.target ? "" : (this.before?.[name] ?? "");
    const level = this.chosen[name] ?? continued;
    return taken.includes(level) ? level : "";
  }

  /** @param {string | undefined} id */
  #find(id) {
    return id ? [...this.#offer.assistants, ...this.#offer.models].find((each) => each.id === id) : undefined;
  }
}

/**
 * Return which of the names are on or off although they are not so by themselves; undefined if none is.
 *
 * @param {string[]} names
 * @param {string[]} on
 * @param {string[]} before
 */
function switches(names, on, before) {
  const switched = names.filter((name) => on.includes(name) !== before.includes(name));
  return switched.length ? Object.fromEntries(switched.map((name) => [name, on.includes(name)])) : undefined;
}

/** @param {Target} target one without an id is the model of the settings */
export const isAssistant = ({ id, provider }) => id !== "" && !provider;

/** @param {Target} target */
const named = ({ id, provider }) => (provider ? { model: id } : { assistant: id });

/**
 * Arrange what is offered in groups, each target once: favorites, recent ones, then the others.
 *
 * @param {Offer} offer
 * @returns {{favorites: Target[], recent: Target[], assistants: Target[], models: Target[]}}
 */
export function grouped({ assistants, models, favorites, recent }) {
  const all = [...assistants, ...models];
  const isFavorite = (/** @type {Target} */ { id }) => favorites.includes(id);
  const lately = recent.flatMap((id) => all.find((each) => each.id === id) ?? []).filter((each) => !isFavorite(each));
  const isElsewhere = (/** @type {Target} */ each) => isFavorite(each) || lately.includes(each);
  return {
    favorites: all.filter(isFavorite),
    recent: lately,
    assistants: assistants.filter((each) => !isElsewhere(each)),
    models: models.filter((each) => !isElsewhere(each)),
  };
}

/**
 * Find what is offered by words in its name, its description and its provider.
 *
 * @param {Offer} offer
 * @param {string} words
 */
export function search({ assistants, models }, words) {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const textOf = (/** @type {Target} */ { name, description, provider_name, model }) =>
    fold([name, description, provider_name, model].filter(Boolean).join(" "));
  return [...assistants, ...models].filter((each) => wanted.every((word) => textOf(each).includes(word)));
}

/** @param {string} text */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
