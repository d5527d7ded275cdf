import { find } from "chat/lib/dom";

/** The position among the versions of a message and its answer, with links to the previous and the next one. */
export class ResponseVersions extends HTMLElement {
  /** The ids of all versions that the server has accepted, oldest first. */
  get ids() {
    return this.dataset.ids?.split(" ").filter(Boolean) ?? [];
  }

  /** Whether they differ in the message, so that they stand below it and not below the answer. */
  get isOfMessage() {
    return !this.hidden && this.closest(".tools") !== null;
  }

  /**
   * Stand at what differs in the versions: below the answer if all answer the same message.
   *
   * @param {boolean} isEdited
   */
  place(isEdited) {
    const response = /** @type {Element} */ (this.closest("chat-response"));
    if (isEdited) find(response, ".tools", HTMLElement).append(this);
    else find(response, "answer-tools", HTMLElement).prepend(this);
  }

  /**
   * Show the position of a version.
   *
   * @param {string[]} ids of all versions
   * @param {string} shown the id of the one that is shown; empty if the server hasn't accepted it, so it is the newest
   */
  show(ids, shown) {
    this.dataset.ids = [...new Set(ids)].join(" ");
    const versions = shown ? this.ids : [...this.ids, ""];
    const place = versions.indexOf(shown);
    this.dataset.count = String(versions.length);
    this.hidden = versions.length < 2;
    find(this, ".place", HTMLElement).textContent = `${place + 1} / ${versions.length}`;
    setTarget(find(this, ".earlier", HTMLAnchorElement), versions[place - 1]);
    setTarget(find(this, ".later", HTMLAnchorElement), versions[place + 1]);
  }
}

/**
 * Make a link lead to a version, or disable it.
 *
 * @param {HTMLAnchorElement} link
 * @param {string | undefined} id undefined if there is no such version
 */
function setTarget(link, id) {
  link.role = id ? null : "link";
  link.ariaDisabled = id ? null : "true";
  if (id) link.href = `${location.pathname}?response=${id}`;
  else link.removeAttribute("href");
}

customElements.define("response-versions", ResponseVersions);
