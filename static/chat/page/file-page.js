/** The page of a file. */

import "chat/files/viewer";
