/** Draws the items of a transcript as in the chat; its text and images came as HTML. */

import "chat/answer/output";
