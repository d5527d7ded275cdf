/** A shared conversation: drawn as in the chat, and only to be read. */

import "chat/answer/output";
import "chat/page/viewer";
