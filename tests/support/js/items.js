/** Output items of each type with their descriptions, and annotations with their sources. */

import { readFileSync } from "node:fs";

export const CASES = JSON.parse(readFileSync(new URL("../items.json", import.meta.url), "utf8"));
