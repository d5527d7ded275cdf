/** The part of highlight.js that we use. Its browser build has no types. */
declare module "@highlightjs/cdn-assets/es/highlight.min.js" {
  const hljs: {
    getLanguage(name: string): object | undefined;
    registerLanguage(name: string, grammar: unknown): void;
    highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
  };
  export default hljs;
}

declare module "@highlightjs/cdn-assets/es/languages/*" {
  const grammar: unknown;
  export default grammar;
}
