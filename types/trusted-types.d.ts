/** What of Trusted Types we use, until TypeScript's own types have it. */
interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}

interface Window {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy };
  /** The policy of the addresses of workers (chat/lib/workers.js). */
  workerPolicy?: ScriptPolicy;
}
