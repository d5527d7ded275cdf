/** The page of a shared conversation: rendered as in the chat, but read-only. */

import "chat/answer/output";
import "chat/files/open";
import "chat/page/viewer";
