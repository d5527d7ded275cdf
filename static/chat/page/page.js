/** The chat page: its parts and how they are connected. */

import { updateAddress } from "chat/lib/address";
import { find } from "chat/lib/dom";
import { ConversationList } from "chat/list/list";
import { EntryMenu } from "chat/list/menu";
import { Outbox } from "chat/live/outbox";
import { ERROR, FOLLOWING, QUEUED, UNAUTHENTICATED, UPDATED } from "chat/live/protocol";
import { ChatSocket } from "chat/live/socket";
import { showSignedOut, showStatus } from "chat/live/status";
import { ChatComposer } from "chat/message/composer";
import { Asking } from "chat/page/asking";
import { ConversationTools } from "chat/page/conversation-tools";
import { ShareDialog } from "chat/page/share-dialog";
import { TemporaryMode } from "chat/page/temporary-mode";
import { nameTab } from "chat/page/unread";
import { ChatThread } from "chat/thread/thread";
import "chat/page/attention";
import "chat/answer/narrator";
import "chat/list/search";
import "chat/page/keyboard-help";
import "chat/page/viewer";

/**
 * @typedef {import("chat/live/protocol").ConversationEvent} ConversationEvent
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 */

const thread = find(document, "chat-thread", ChatThread);
const composer = find(document, "chat-composer", ChatComposer);
const list = find(document, "conversation-list", ConversationList);
const menu = find(document, "entry-menu", EntryMenu);
const tools = find(document, "conversation-tools", ConversationTools);
const temporary = find(document, "temporary-mode", TemporaryMode);
const socket = new ChatSocket();
const outbox = new Outbox(socket, composer.dataset.user ?? "", thread.conversation);
const asking = new Asking({ thread, composer, temporary, outbox });

composer.addEventListener("ask", (event) => asking.atEnd(detailOf(event)));
composer.addEventListener("edit-last", () => thread.editLast());
composer.addEventListener("stop", () => asking.stop());
thread.addEventListener("ask", (event) => asking.beside(event, detailOf(event)));
thread.addEventListener("behind", catchUp);
tools.addEventListener("share", () => thread.conversation && share(thread.conversation));
menu.addEventListener("choose", (event) => handleChoice(detailOf(event)));
socket.addEventListener("open", catchUp);
socket.addEventListener("reopen", () => list.refresh());
socket.addEventListener("state", (event) => showStatus(detailOf(event)));
socket.addEventListener("message", (event) => receive(detailOf(event)));
document.addEventListener("visibilitychange", () => document.hidden || catchUp());
// A link within the page, such as the skip link, must not reload it.
addEventListener("popstate", () => location.hash || location.reload());

asking.resume();
socket.connect();

/** Ask the server for the events that this page has missed, and resend what the server may have missed. */
function catchUp() {
  // A tab that was suspended may have lost its connection without notice. Sending something reveals that.
  if (thread.conversation) socket.send(thread.followCommand(thread.conversation));
  outbox.resend();
}

/** @param {ResponseEvent | ErrorEvent | ConversationEvent} event */
function receive(event) {
  if (event.type === ERROR) showRefusal(/** @type {ErrorEvent} */ (event));
  else if (event.type === UPDATED) applyUpdate(/** @type {ConversationEvent} */ (event));
  else if (event.type !== FOLLOWING) advance(/** @type {ResponseEvent} */ (event));
  asking.showBusy();
}

/** @param {ResponseEvent} event */
function advance(event) {
  asking.receive(event);
  thread.receive(event);
  const { conversation } = event.response ?? {};
  if (event.type === QUEUED && conversation && conversation.id === thread.conversation) showActivity(conversation);
}

/** @param {ErrorEvent} error */
function showRefusal(error) {
  // The message stays in the outbox, and is sent after signing in again.
  if (error.code === UNAUTHENTICATED) showSignedOut();
  else asking.refuse(error);
}

/** @param {ConversationEvent} event */
function applyUpdate({ conversation }) {
  list.apply(conversation);
  if (conversation.id !== thread.conversation) return;
  if (conversation.deleted) location.assign("/");
  else nameTab(conversation.title);
}

/** @param {{id: string, title?: string}} conversation the page's, to which somebody has sent a message */
function showActivity(conversation) {
  const { id, title } = conversation;
  updateAddress(id, thread.lastAccepted === thread.newest ? "" : thread.lastAccepted);
  for (const part of [composer, tools, temporary]) part.conversation = id;
  if (title) nameTab(title);
  if (!temporary.isOn) list.raise(conversation);
}

/** @param {{choice: string, conversation: {id: string}}} detail */
function handleChoice({ choice, conversation }) {
  if (choice === "share") share(conversation.id);
}

/** @param {string} conversation */
function share(conversation) {
  const last = conversation === thread.conversation ? thread.lastAccepted : null;
  find(document, "share-dialog", ShareDialog).open(conversation, last);
}

/** @param {Event} event */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail;
}
