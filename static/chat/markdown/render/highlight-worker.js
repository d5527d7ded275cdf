/**
 * Highlight code beside the page, which some code would block for seconds.
 *
 * A message is `{library, grammar, language, code}`: the addresses of highlight.js and, if it doesn't bundle the
 * language, of its grammar. The answers are `{isLoaded: true}` and then `{markup}`, which is null if there is none.
 */
self.onmessage = async ({ data: { library, grammar, language, code } }) => {
  try {
    const { default: hljs } = await import(library);
    if (!hljs.getLanguage(language)) hljs.registerLanguage(language, (await import(grammar)).default);
    self.postMessage({ isLoaded: true });
    self.postMessage({ markup: hljs.highlight(code, { language, ignoreIllegals: true }).value });
  } catch {
    self.postMessage({ markup: null });
  }
};
