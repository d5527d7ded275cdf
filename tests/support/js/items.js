/** Each type of output item with what is shown of it, and what is cited with where that leads. */

import { readFileSync } from "node:fs";

export const CASES = JSON.parse(readFileSync(new URL("../items.json", import.meta.url), "utf8"));
