/** What we use of highlight.js, whose build for browsers comes without types. */
declare const hljs: {
  getLanguage(name: string): object | undefined;
  registerLanguage(name: string, grammar: unknown): void;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
};
export default hljs;
