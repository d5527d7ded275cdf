/** A transcript in the review: the words are HTML, and what a model did beside writing is drawn as in the chat. */

import "chat/answer/output";
