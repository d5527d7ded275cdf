import { conversationUrl } from "chat/lib/address";
import { copy } from "chat/lib/copy";
import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {{id: string, url: string, created_at: string, response_id: string, message: string}} Share */

/** @type {Intl.DateTimeFormatOptions} */
const WHEN = { dateStyle: "long", timeStyle: "short" };

/** The dialog that creates, lists and revokes the links with which the team can read a conversation. */
export class ShareDialog extends HTMLElement {
  #conversation = "";
  /** @type {string | null} */ #response = null;
  /** How often it was opened. */ #openings = 0;

  connectedCallback() {
    const { dialog } = this;
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    this.#create.onclick = () => this.#try(() => this.#add());
  }

  get dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  /**
   * @param {string} conversation
   * @param {string | null} response the last one that readers see; null for the newest
   */
  open(conversation, response) {
    this.#conversation = conversation;
    this.#response = response;
    this.#list.replaceChildren();
    this.#update();
    // The list, which comes late, would lack a link that was created meanwhile.
    this.#create.disabled = true;
    this.dialog.showModal();
    this.#try(() => this.#fetch(++this.#openings));
  }

  /** @param {number} opening the one for which it is fetched */
  async #fetch(opening) {
    try {
      const { shares, newest } = await (await request("GET", this.#url)).json();
      // Meanwhile, the dialog may have been opened again, maybe for another conversation.
      if (opening !== this.#openings) return;
      this.#response ??= newest;
      this.#list.replaceChildren(...shares.map((/** @type {Share} */ share) => this.#entry(share)));
      this.#update();
    } finally {
      if (opening === this.#openings) this.#create.disabled = false;
    }
  }

  async #add() {
    /** @type {Share} */
    const share = await (await request("POST", this.#url, { response: this.#response })).json();
    this.#list.querySelector(`[data-id="${share.id}"]`)?.remove();
    const entry = this.#entry(share);
    this.#list.prepend(entry);
    this.#update();
    find(entry, ".copy", HTMLButtonElement).focus();
  }

  /** Offer to create a link unless there is one to the conversation as it is now. */
  #update() {
    const exists = this.#list.querySelector(`[data-response="${this.#response}"]`) !== null;
    find(this, ".exists", HTMLElement).hidden = !exists;
    this.#create.hidden = exists;
  }

  /** @param {Share} share */
  #entry({ id, url, created_at, response_id, message }) {
    const entry = fromTemplate("template", HTMLLIElement, this);
    entry.dataset.id = id;
    entry.dataset.response = response_id;
    find(entry, ".message", HTMLElement).textContent = interpolate(gettext("Up to “%(message)s”"), { message });
    const when = new Date(created_at).toLocaleString(document.documentElement.lang, WHEN);
    find(entry, ".when", HTMLElement).textContent = interpolate(gettext("Created on %(when)s"), { when });
    const link = find(entry, "input", HTMLInputElement);
    link.value = url;
    link.onfocus = () => link.select();
    const button = find(entry, ".copy", HTMLButtonElement);
    button.onclick = () => copy(button, url);
    find(entry, ".revoke", HTMLButtonElement).onclick = () =>
      this.#try(async () => {
        await request("DELETE", new URL(url).pathname);
        entry.remove();
        this.#update();
        (this.#create.hidden ? this.#close : this.#create).focus();
      });
    return entry;
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    this.#say("");
    try {
      await action();
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} problem */
  #say(problem) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = problem;
    error.hidden = !problem;
  }

  get #url() {
    return `${conversationUrl(this.#conversation)}shares/`;
  }

  get #list() {
    return find(this, "ul", HTMLElement);
  }

  get #close() {
    return find(this, ".close", HTMLButtonElement);
  }

  get #create() {
    return find(this, ".create", HTMLButtonElement);
  }
}

customElements.define("share-dialog", ShareDialog);
