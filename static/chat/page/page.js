/** The chat page: its parts and how they are connected. */

import { conversationUrl } from "chat/lib/address";
import { announce } from "chat/lib/announcer";
import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { ConversationList } from "chat/list/list";
import { EntryMenu } from "chat/list/menu";
import { ConversationSearch } from "chat/list/search";
import { ERROR, FOLLOWING, QUEUED, UNAUTHENTICATED, UPDATED } from "chat/live/protocol";
import { ChatSocket } from "chat/live/socket";
import { showSignedOut, showStatus } from "chat/live/status";
import { ChatComposer } from "chat/message/composer";
import { attachTransferredFiles } from "chat/message/file-transfer";
import { Navigation } from "chat/page/navigation";
import { OpenConversation } from "chat/page/open-conversation";
import { ShareDialog } from "chat/page/share-dialog";
import { nameTab, titleTab } from "chat/page/unread";
import "chat/page/attention";
import "chat/answer/narrator";
import "chat/page/keyboard-help";
import "chat/files/open";
import "chat/page/viewer";

/**
 * @typedef {import("chat/live/protocol").Conversation} Conversation
 * @typedef {import("chat/live/protocol").ConversationEvent} ConversationEvent
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/thread/place").Place} Place
 */

const list = find(document, "conversation-list", ConversationList);
const search = find(document, "conversation-search", ConversationSearch);
const menu = find(document, "entry-menu", EntryMenu);
const archivedNotice = find(document, ".archived-notice", HTMLElement);
const socket = new ChatSocket();
const navigation = new Navigation({ mayLeave, place: () => shown.thread.place, onOpen });
let shown = show();
/** Conversations that were left while a message was on its way. @type {Set<OpenConversation>} */
const left = new Set();

attachTransferredFiles(() => shown.composer);
list.addEventListener("changed", (event) => applyUpdate(detailOf(event)));
list.addEventListener("open", (event) => navigation.go(detailOf(event)));
menu.addEventListener("choose", (event) => handleChoice(detailOf(event)));
find(archivedNotice, "button", HTMLButtonElement).onclick = () => menu.choose("unarchive", shown.tools);
socket.addEventListener("open", catchUp);
socket.addEventListener("reopen", () => list.refresh());
socket.addEventListener("state", (event) => showStatus(detailOf(event)));
socket.addEventListener("message", (event) => receive(detailOf(event)));
document.addEventListener("visibilitychange", () => document.hidden || catchUp());

socket.connect();

/** Connect the conversation that is in the page. */
function show() {
  const conversation = new OpenConversation(socket);
  conversation.temporary.addEventListener("end", () => {
    conversation.clearQueue();
    goHome();
  });
  archivedNotice.hidden = !conversation.tools.isArchived;
  return conversation;
}

/**
 * Ask before a temporary conversation is left, and delete it.
 *
 * @param {URL} url where the page goes
 */
async function mayLeave(url) {
  const { id, temporary } = shown;
  if (!id || !temporary.isOpen || url.pathname === conversationUrl(id)) return true;
  const isLeft = await temporary.mayLeave();
  if (isLeft) {
    shown.clearQueue();
    navigation.forget(id);
  }
  return isLeft;
}

/**
 * Go on with what was fetched from another address.
 *
 * @param {Document} page
 * @param {boolean} isListOnly whether the conversation stays
 * @param {Place | null} place where the reader left it
 */
function onOpen(page, isListOnly, place) {
  list.switchTo(find(page, "conversation-list", HTMLElement));
  if (isListOnly) return;
  document.dispatchEvent(new Event("leave"));
  titleTab(page.title);
  if (shown.isSending) left.add(shown);
  find(document, "chat-composer", ChatComposer).focusField();
  shown = show();
  if (place) shown.thread.returnTo(place);
  for (const other of left) if (other.id === shown.id) left.delete(other);
  list.open(shown.id);
  search.open();
  catchUp();
  announce(page.title);
}

/** Ask the server for what this page has missed, and resend what the server may have missed. */
function catchUp() {
  for (const other of left) other.resend();
  // The socket follows the conversation that it heard of last.
  shown.catchUp();
}

/** @param {ResponseEvent | ErrorEvent | ConversationEvent} event */
function receive(event) {
  if (event.type === UPDATED) applyUpdate(/** @type {ConversationEvent} */ (event).conversation);
  // The message stays in the outbox, and is sent after signing in again.
  else if (event.type === ERROR && /** @type {ErrorEvent} */ (event).code === UNAUTHENTICATED) signOut();
  else if (event.type !== FOLLOWING) advance(/** @type {ResponseEvent | ErrorEvent} */ (event));
}

function signOut() {
  showSignedOut();
  shown.composer.signOut();
}

/** @param {ResponseEvent | ErrorEvent} event */
function advance(event) {
  for (const other of left) {
    other.receive(event);
    if (other.isSending) continue;
    left.delete(other);
    shown.catchUp();
  }
  shown.receive(event);
  const { conversation } = /** @type {ResponseEvent} */ (event).response ?? {};
  if (event.type === QUEUED && conversation && conversation.id === shown.id) showActivity(conversation);
}

/** @param {Conversation} conversation */
function applyUpdate(conversation) {
  list.apply(conversation);
  if (conversation.id !== shown.id) return;
  if (conversation.deleted) return goHome();
  nameTab(conversation.title);
  shown.tools.show(conversation);
  shown.markSeen();
  archivedNotice.hidden = !conversation.archived;
}

/** Leave the conversation that the page shows, because it is deleted. */
function goHome() {
  if (shown.id) navigation.forget(shown.id);
  navigation.go("/");
}

/** @param {{id: string, title?: string}} conversation the page's, to which somebody has sent a message */
function showActivity(conversation) {
  const { thread, temporary } = shown;
  const { id, title = "" } = conversation;
  shown.named(title);
  navigation.update(id, thread.lastAccepted === thread.newest ? "" : thread.lastAccepted);
  if (temporary.isOn) return titleTab(gettext("Temporary chat"));
  if (title) nameTab(title);
  list.raise(conversation);
}

/** @param {{choice: string, conversation: {id: string}}} detail */
function handleChoice({ choice, conversation }) {
  if (choice === "share") share(conversation.id);
  if (choice === "print") shown.thread.print();
}

/** @param {string} conversation */
function share(conversation) {
  const last = conversation === shown.id ? shown.thread.lastAccepted : null;
  find(document, "share-dialog", ShareDialog).open(conversation, last);
}

/** @param {Event} event */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
