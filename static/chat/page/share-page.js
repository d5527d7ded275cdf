/** A shared conversation: drawn as in the chat, and only to be read. */

import "chat/markdown/render/element";
import "chat/page/viewer";
