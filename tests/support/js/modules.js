/** Resolve the names of the page's import map to files, so that tests can import its modules. */

import { register } from "node:module";

const STATIC = new URL("../../../static/", import.meta.url);

register(
  `data:text/javascript,${encodeURIComponent(`export const resolve = (specifier, context, next) =>
    next(specifier.startsWith("chat/") ? new URL(specifier + ".js", "${STATIC}").href : specifier, context);`)}`,
);
