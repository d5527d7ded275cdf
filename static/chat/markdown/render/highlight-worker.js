/**
 * Highlight code beside the page, which some code would block for seconds.
 *
 * A message is `{language, code}`. The answers are `{isLoaded: true}` and then `{markup}`, which is null if there is
 * none.
 */

import hljs from "@highlightjs/cdn-assets/es/highlight.min.js";
import { GRAMMARS } from "chat/markdown/render/grammars";

self.onmessage = async ({ data: { language, code } }) => {
  try {
    if (!hljs.getLanguage(language)) {
      const load = GRAMMARS.get(language);
      if (!load) throw new Error(`unknown language: ${language}`);
      hljs.registerLanguage(language, (await load()).default);
    }
    self.postMessage({ isLoaded: true });
    self.postMessage({ markup: hljs.highlight(code, { language, ignoreIllegals: true }).value });
  } catch {
    self.postMessage({ markup: null });
  }
};
