import { find } from "chat/lib/dom";

/** Which of the versions of a question and its answer is shown, with links to those beside it. */
export class ResponseVersions extends HTMLElement {
  /** The ids of all versions that the server has taken, oldest first. */
  get ids() {
    return this.dataset.ids?.split(" ").filter(Boolean) ?? [];
  }

  /**
   * @param {string[]} ids
   * @param {string} shown empty for one that the server has not taken yet, which will be the newest
   */
  show(ids, shown) {
    this.dataset.ids = [...new Set(ids)].join(" ");
    const versions = shown ? this.ids : [...this.ids, ""];
    const place = versions.indexOf(shown);
    this.hidden = versions.length < 2;
    find(this, ".place", HTMLElement).textContent = `${place + 1} / ${versions.length}`;
    point(find(this, ".earlier", HTMLAnchorElement), versions[place - 1]);
    point(find(this, ".later", HTMLAnchorElement), versions[place + 1]);
  }
}

/**
 * @param {HTMLAnchorElement} link
 * @param {string | undefined} id nothing where there is no further version
 */
function point(link, id) {
  link.role = id ? null : "link";
  link.ariaDisabled = id ? null : "true";
  if (id) link.href = `${location.pathname}?response=${id}`;
  else link.removeAttribute("href");
}

customElements.define("response-versions", ResponseVersions);
