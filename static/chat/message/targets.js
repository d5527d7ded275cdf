import { announce } from "chat/lib/announcer";
import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";
import { grouped, search } from "chat/message/choice";

/**
 * @typedef {import("chat/message/choice").Choice} Choice
 * @typedef {import("chat/message/choice").Offer} Offer
 * @typedef {import("chat/message/choice").Target} Target
 */

/** How soon a model must be shut down to be warned about, in milliseconds. */
const SHUTDOWN_MS = 90 * 24 * 3600 * 1000;

/** The panel in which an assistant or a model is searched and chosen. */
export class TargetsPanel {
  #panel;
  #offer;
  #choice;
  #choose;

  /**
   * @param {HTMLElement} panel
   * @param {Offer} offer
   * @param {Choice} choice what is chosen so far
   * @param {(target: Target) => void} choose
   */
  constructor(panel, offer, choice, choose) {
    this.#panel = panel;
    this.#offer = offer;
    this.#choice = choice;
    this.#choose = choose;
    const field = find(panel, "input", HTMLInputElement);
    field.oninput = () => this.draw();
    panel.addEventListener("beforetoggle", (event) => {
      if (event.newState !== "open") return;
      field.value = "";
      this.draw();
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
  }

  /** Draw what is offered, or what was found. */
  draw() {
    const panel = this.#panel;
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
      this.#panel.hidePopover();
      this.#choose(target);
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
    const before = this.#offer.favorites;
    const others = before.filter((each) => each !== id);
    // The list stays as it is until it opens again: nothing moves under the pointer.
    this.#offer.favorites = isFavorite ? others : [...others, id];
    try {
      await request(isFavorite ? "DELETE" : "PUT", `/choices/${id}/favorite/`);
    } catch (error) {
      star.ariaPressed = String(isFavorite);
      this.#offer.favorites = before;
      announce(error instanceof Error ? error.message : String(error));
    }
  }

  get #buttons() {
    return [.../** @type {NodeListOf<HTMLButtonElement>} */ (this.#panel.querySelectorAll(".choose"))];
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
