import { announce } from "chat/lib/announcer";
import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { read, write } from "chat/lib/storage";
import { gettext, interpolate } from "chat/lib/translations";
import { Choice, EFFORTS, isAssistant } from "chat/message/choice";
import { openComparison } from "chat/message/comparison";
import { connectLevels } from "chat/message/levels";
import { TargetsPanel } from "chat/message/targets";
import { ToolSwitches } from "chat/message/tools";

/**
 * @typedef {import("chat/message/choice").AnsweredBy} AnsweredBy
 * @typedef {import("chat/message/choice").Offer} Offer
 */

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
    tools: {},
    collections: {},
  };
  #choice = new Choice(this.#offer);
  #key = "";
  /** @type {TargetsPanel | undefined} */ #targets;
  /** @type {ToolSwitches | undefined} */ #tools;

  connectedCallback() {
    const template = this.querySelector("template");
    if (template) this.#offer = JSON.parse(template.content.textContent ?? "");
    this.#choice = new Choice(this.#offer);
    const targets = this.#panel(".targets", ".target");
    this.#targets = new TargetsPanel(targets, this.#offer, this.#choice, (target) => {
      this.#choose({ target: target.id });
      announce(interpolate(gettext("%(name)s answers next."), { name: target.name }));
    });
    find(targets, ".compare", HTMLButtonElement).onclick = () => this.#compare();
    find(targets, ".make-default", HTMLButtonElement).onclick = () => this.#makeDefault();
    connectLevels(this.#panel(".levels", ".effort"), this.#choice, (level) =>
      this.#choose({ ...this.#kept, ...level }),
    );
    const tools = this.#panel(".switched", ".toolset");
    const toolsButton = find(this, ".toolset", HTMLButtonElement);
    this.#tools = new ToolSwitches(toolsButton, tools, this.#offer, this.#choice, (on) =>
      this.#choose({ ...this.#kept, ...on }),
    );
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

  /** @param {AnsweredBy} answeredBy what answered a message that is sent again */
  wishAgain(answeredBy) {
    return this.#choice.again(answeredBy);
  }

  /** The variables of all that will answer. */
  get variables() {
    const { compared, target } = this.#choice;
    const targets = compared.length ? compared.map((each) => each.target) : [target];
    return [...new Set(targets.flatMap(({ variables }) => variables ?? []))];
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
    const { effort, verbosity, target, tools, collections } = this.#choice;
    return { ...(target.id && { target: target.id }), effort, verbosity, tools, collections };
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
    const answering = compared.length ? compared.map((each) => each.target) : [target];
    const label = answering.some(isAssistant) ? gettext("Model or assistant: %(name)s") : gettext("Model: %(name)s");
    button.ariaLabel = interpolate(label, { name: answering.map((each) => each.name).join(", ") });
    button.title = button.ariaLabel;
    const levels = find(this, "button.effort", HTMLButtonElement);
    levels.hidden = compared.length > 0 || (!target.efforts?.length && !target.takes_verbosity);
    const shown = EFFORTS[effort || target.effort || target.default_effort || ""] ?? gettext("Standard");
    find(levels, ".name", HTMLElement).textContent = shown;
    levels.ariaLabel = interpolate(gettext("Effort: %(effort)s"), { effort: shown });
    levels.title = levels.ariaLabel;
    this.#tools?.show();
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async #compare() {
    find(this, ".targets", HTMLElement).hidePopover();
    const dialog = find(this, ".comparison", HTMLDialogElement);
    const compared = await openComparison(dialog, this.#offer, this.#choice);
    if (compared.length) this.#choose({ compared });
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
    this.#targets?.draw();
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

customElements.define("model-picker", ModelPicker);
