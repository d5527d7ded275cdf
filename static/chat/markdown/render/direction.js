/** The directions of a text's blocks: each has that of its first letter, and so has each item of a list. */

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}\p{sc=Adlam}]/u;

/** Gives blocks their directions as their letters arrive. */
export class Directions {
  /** @type {HTMLElement[]} blocks and items that may have no letter yet */ #undirected = [];
  /** @type {WeakMap<Element, string>} the direction of a list's first item, which is the list's */
  #ofLists = new WeakMap();

  /** @param {HTMLElement} element a block of the text, or an item of a list */
  add(element) {
    this.#undirected.push(element);
  }

  /**
   * Give directions if letters have arrived.
   *
   * With each element that is added, a browser searches a block whose `dir` is `auto` for its first letter. To spare it
   * a search of blocks without letters, `dir` is set only when a letter has arrived.
   *
   * @param {string} text what has arrived
   */
  update(text) {
    if (!LETTER.test(text)) return;
    this.#undirected = this.#undirected.filter((element) => {
      if (element.localName === "li") return !this.#directItem(element);
      element.dir ||= "auto";
      return false;
    });
  }

  /**
   * Give an item a direction if it isn't the list's. Return whether it has a letter.
   *
   * @param {HTMLElement} item
   */
  #directItem(item) {
    const letter = firstLetter(item);
    const list = item.parentElement;
    if (!letter || !list) return false;
    const direction = RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
    if (!this.#ofLists.has(list)) this.#ofLists.set(list, direction);
    if (this.#ofLists.get(list) !== direction) item.dir = direction;
    return true;
  }
}

/**
 * Return the first letter outside of code, which always goes from left to right.
 *
 * @param {Element} element
 */
function firstLetter(element) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { textContent, parentElement } = texts.currentNode;
    const letter = !parentElement?.closest("code") && LETTER.exec(textContent ?? "");
    if (letter) return letter[0];
  }
  return "";
}
