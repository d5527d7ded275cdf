/** The page's modules import each other by the names of its import map; here they are found as files. */

import { register } from "node:module";

const STATIC = new URL("../../../static/", import.meta.url);

register(
  `data:text/javascript,${encodeURIComponent(`export const resolve = (specifier, context, next) =>
    next(specifier.startsWith("chat/") ? new URL(specifier + ".js", "${STATIC}").href : specifier, context);`)}`,
);
