import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { conversationOf, updateEntry } from "chat/list/entry";
import { EntryMenu } from "chat/list/menu";

/** The title of the open conversation, which is renamed by pressing it, and the button of its menu. */
export class ConversationTools extends HTMLElement {
  connectedCallback() {
    const menu = find(document, "entry-menu", EntryMenu);
    find(this, ".label", HTMLButtonElement).onclick = () => menu.choose("rename", this);
    // In the capture phase, before the menu opens.
    find(this, ".options", HTMLButtonElement).addEventListener("click", () => menu.attachTo(this), { capture: true });
  }

  get isArchived() {
    return this.hasAttribute("data-archived");
  }

  /** Whether an answer has ended that the person has not seen yet, as far as the server knows. */
  get isUnseen() {
    return this.hasAttribute("data-unseen");
  }

  /** @param {import("chat/live/protocol").Conversation} conversation as it is now */
  show(conversation) {
    updateEntry(this, conversation);
    this.hidden = false;
  }

  /** @param {string} id of a temporary conversation, which has no title */
  showTemporary(id) {
    this.show({ ...conversationOf(this), id, title: gettext("Temporary chat") });
    this.toggleAttribute("data-temporary", true);
    find(this, ".label", HTMLButtonElement).disabled = true;
  }
}

customElements.define("conversation-tools", ConversationTools);
