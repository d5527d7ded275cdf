import { announce } from "chat/lib/announcer";
import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { read, write } from "chat/lib/storage";
import { gettext, interpolate } from "chat/lib/translations";
import { Choice, EFFORTS, grouped, search } from "chat/message/choice";
import { openComparison } from "chat/message/comparison";

/**
 * @typedef {import("chat/message/choice").AnsweredBy} AnsweredBy
 * @typedef {import("chat/message/choice").Offer} Offer
 * @typedef {import("chat/message/choice").Target} Target
 */

/** @type {Record<string, string>} */
const VERBOSITIES = { low: gettext("Short"), medium: gettext("Medium"), high: gettext("Long") };
/** How soon a model must be shut down to be warned about, in milliseconds. */
const SHUTDOWN_MS = 90 * 24 * 3600 * 1000;

/**
 * The buttons beside the message field that choose what answers: an assistant or a model, and how hard it thinks.
 *
 * Event: `change`, when something else will answer.
 */
export class ModelPicker extends HTMLElement {
  /** @type {Offer} */ #offer = {
    assistants: [],
    models: [],
    favorites: [],
    recent: [],
    default: { id: "", name: "" },
  };
  #choice = new Choice(this.#offer);
  #key = "";

  connectedCallback() {
    const template = this.querySelector("template");
    if (template) this.#offer = JSON.parse(template.content.textContent ?? "");
    this.#choice = new Choice(this.#offer);
    this.#connectTargets();
    this.#connectLevels();
    this.#show();
  }

  /** Where the choice is kept until a message is answered by it: the key of the draft. */
  set key(/** @type {string} */ key) {
    if (this.#key && this.#choice.isNew) write(this.#storageKey, null);
    const isFirst = !this.#key;
    this.#key = key;
    if (isFirst) this.#choice.chosen = read(this.#storageKey) ?? {};
    const named = isFirst && this.#takeFromAddress();
    if (named) this.#choice.chosen = { target: named };
    this.#save();
    this.#show();
  }

  /** What answered the message that the next one continues; null if it is the first. */
  set continued(/** @type {AnsweredBy | null} */ before) {
    if (JSON.stringify(before) === JSON.stringify(this.#choice.before)) return;
    this.#choice.before = before;
    this.#show();
  }

  /** Note that a message was sent with the choice: the next one is answered by the same. */
  settle() {
    this.#choice.chosen = {};
    this.#save();
    this.#show();
  }

  get target() {
    return this.#choice.target;
  }

  get wish() {
    return this.#choice.wish;
  }

  /** The variables of all that will answer. */
  get variables() {
    const { compared, target } = this.#choice;
    return [...new Set((compared.length ? compared : [target]).flatMap(({ variables }) => variables ?? []))];
  }

  get offer() {
    return this.#offer;
  }

  #connectTargets() {
    const panel = this.#panel(".targets", ".target");
    const field = find(panel, "input", HTMLInputElement);
    field.oninput = () => this.#list();
    panel.addEventListener("beforetoggle", (event) => {
      if (event.newState !== "open") return;
      field.value = "";
      this.#list();
    });
    panel.addEventListener("toggle", (event) => event.newState === "open" && field.focus());
    panel.addEventListener("keydown", (event) => {
      // A search field would only be emptied.
      if (event.key === "Escape") panel.hidePopover();
      if (event.key === "Enter" && event.target === field) {
        event.preventDefault();
        this.#buttons[0]?.click();
      }
      const at = this.#buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      (to < 0 ? field : (this.#buttons[to] ?? field)).focus();
    });
    find(panel, ".compare", HTMLButtonElement).onclick = async () => {
      panel.hidePopover();
      const dialog = find(this, ".comparison", HTMLDialogElement);
      const compared = await openComparison(dialog, this.#offer, this.#choice);
      if (compared.length) this.#choose({ compared });
    };
    find(panel, ".make-default", HTMLButtonElement).onclick = () => this.#makeDefault();
  }

  #connectLevels() {
    const panel = this.#panel(".levels", ".effort");
    panel.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#listLevels());
    panel.addEventListener("toggle", (event) => {
      if (event.newState === "open") panel.querySelector("input")?.focus();
    });
    panel.onchange = ({ target }) => {
      if (target instanceof HTMLInputElement)
        this.#choose({ ...this.#kept, [target.name === "effort" ? "effort" : "verbosity"]: target.value });
    };
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      panel.hidePopover();
    });
  }

  /**
   * @param {string} selector
   * @param {string} opener
   */
  #panel(selector, opener) {
    const panel = find(this, selector, HTMLElement);
    find(this, opener, HTMLButtonElement).popoverTargetElement = panel;
    return panel;
  }

  /** What stays chosen when one level changes. */
  get #kept() {
    const { effort, verbosity, target } = this.#choice;
    return { ...(target.id && { target: target.id }), effort, verbosity };
  }

  /** @param {import("chat/message/choice").Chosen} chosen */
  #choose(chosen) {
    this.#choice.chosen = chosen;
    this.#save();
    this.#show();
  }

  #show() {
    const { target, effort, compared } = this.#choice;
    const button = find(this, ".target", HTMLButtonElement);
    const name = compared.length ? interpolate(gettext("Compare %(count)s"), { count: compared.length }) : target.name;
    find(button, ".name", HTMLElement).textContent = name;
    const names = compared.length ? compared.map((each) => each.name).join(", ") : target.name;
    button.ariaLabel = interpolate(gettext("Model: %(name)s"), { name: names });
    button.title = button.ariaLabel;
    const levels = find(this, "button.effort", HTMLButtonElement);
    levels.hidden = compared.length > 0 || (!target.efforts?.length && !target.takes_verbosity);
    const shown = EFFORTS[effort || target.effort || target.default_effort || ""] ?? gettext("Standard");
    find(levels, ".name", HTMLElement).textContent = shown;
    levels.ariaLabel = interpolate(gettext("Effort: %(effort)s"), { effort: shown });
    levels.title = levels.ariaLabel;
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Draw what is offered, or what was found. */
  #list() {
    const panel = find(this, ".targets", HTMLElement);
    const words = find(panel, "input", HTMLInputElement).value;
    const groups = grouped(this.#offer);
    /** @type {[string, Target[]][]} */
    const shown = words.trim()
      ? [[gettext("Found"), search(this.#offer, words)]]
      : [
          [gettext("Favorites"), groups.favorites],
          [gettext("Recent"), groups.recent],
          [gettext("Assistants"), groups.assistants],
          [gettext("Models"), groups.models],
        ];
    const drawn = shown.filter(([, targets]) => targets.length).map(([name, targets]) => this.#group(name, targets));
    find(panel, ".groups", HTMLElement).replaceChildren(...drawn.flat());
    find(panel, ".none", HTMLElement).hidden = drawn.length > 0;
    const { id } = this.#choice.target;
    find(panel, ".make-default", HTMLElement).hidden = !id || id === this.#offer.default.id;
  }

  /**
   * @param {string} name
   * @param {Target[]} targets
   */
  #group(name, targets) {
    const heading = document.createElement("h3");
    heading.textContent = name;
    const list = document.createElement("ul");
    list.ariaLabel = name;
    list.append(...targets.map((target) => this.#entry(target)));
    return [heading, list];
  }

  /** @param {Target} target */
  #entry(target) {
    const entry = fromTemplate("#offered-template", HTMLLIElement);
    const button = find(entry, ".choose", HTMLButtonElement);
    const icon = find(button, ".assistant-icon", HTMLElement);
    icon.hidden = !target.icon;
    icon.textContent = target.icon ?? "";
    if (typeof target.hue === "number") icon.dataset.hue = String(target.hue);
    find(button, ".name", HTMLElement).textContent = target.name;
    find(button, ".about", HTMLElement).textContent = aboutOf(target);
    if (target.id === this.#choice.target.id) button.ariaCurrent = "true";
    button.onclick = () => {
      find(this, ".targets", HTMLElement).hidePopover();
      this.#choose({ target: target.id });
      announce(interpolate(gettext("%(name)s answers next."), { name: target.name }));
    };
    const star = find(entry, ".favorite", HTMLButtonElement);
    star.ariaLabel = interpolate(gettext("Favorite: %(name)s"), { name: target.name });
    star.ariaPressed = String(this.#offer.favorites.includes(target.id));
    star.onclick = () => this.#toggleFavorite(target.id, star);
    return entry;
  }

  /**
   * @param {string} id
   * @param {HTMLButtonElement} star
   */
  async #toggleFavorite(id, star) {
    const isFavorite = star.ariaPressed === "true";
    star.ariaPressed = String(!isFavorite);
    try {
      await request(isFavorite ? "DELETE" : "PUT", `/choices/${id}/favorite/`);
    } catch (error) {
      star.ariaPressed = String(isFavorite);
      return announce(error instanceof Error ? error.message : String(error));
    }
    const others = this.#offer.favorites.filter((each) => each !== id);
    // The list stays as it is until it opens again: nothing moves under the pointer.
    this.#offer.favorites = isFavorite ? others : [...others, id];
  }

  async #makeDefault() {
    const { id, name } = this.#choice.target;
    try {
      await request("PUT", `/choices/${id}/default/`);
      this.#offer.default = { id, name };
      announce(interpolate(gettext("%(name)s answers from now on unless you choose another."), { name }));
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error));
    }
    this.#list();
  }

  #listLevels() {
    const { target, effort, verbosity } = this.#choice;
    const panel = find(this, ".levels", HTMLElement);
    fill(find(panel, ".efforts", HTMLElement), "effort", target.efforts ?? [], EFFORTS, effort);
    const lengths = target.takes_verbosity ? Object.keys(VERBOSITIES) : [];
    fill(find(panel, ".verbosities", HTMLElement), "verbosity", lengths, VERBOSITIES, verbosity);
  }

  get #buttons() {
    return [.../** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll(".targets .choose"))];
  }

  /** Return the id that the page's address names, and remove it there: it is for the first message. */
  #takeFromAddress() {
    const address = new URL(location.href);
    const id = address.searchParams.get("assistant") ?? address.searchParams.get("model");
    if (!id) return "";
    address.searchParams.delete("assistant");
    address.searchParams.delete("model");
    history.replaceState(history.state, "", address);
    return id;
  }

  #save() {
    write(this.#storageKey, this.#choice.isNew ? this.#choice.chosen : null);
  }

  get #storageKey() {
    return `choice/${this.#key}`;
  }
}

/**
 * Say what a target can do, in a line.
 *
 * @param {Target} target
 */
function aboutOf({ description, provider_name, provider, context_window, takes_images, efforts, shutdown_on }) {
  if (!provider) return description ?? "";
  const window = context_window && interpolate(gettext("%(count)s tokens"), { count: short(context_window) });
  const ends = shutdown_on && Date.parse(shutdown_on) - Date.now() < SHUTDOWN_MS;
  const date = ends && new Date(shutdown_on).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
  return [
    provider_name,
    window,
    takes_images && gettext("sees images"),
    efforts?.length && gettext("thinks"),
    date && interpolate(gettext("ends on %(date)s"), { date }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {number} count */
const short = (count) => count.toLocaleString(document.documentElement.lang, { notation: "compact" });

/**
 * Fill a group of radio buttons. The first one leaves it to the model or the assistant.
 *
 * @param {HTMLElement} group
 * @param {string} name
 * @param {string[]} levels
 * @param {Record<string, string>} words
 * @param {string} chosen
 */
function fill(group, name, levels, words, chosen) {
  group.hidden = !levels.length;
  const labels = ["", ...levels].map((level) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value: level, checked: level === chosen });
    label.append(input, level ? (words[level] ?? level) : gettext("Standard"));
    return label;
  });
  group.replaceChildren(find(group, "legend", HTMLElement), ...labels);
}

customElements.define("model-picker", ModelPicker);
