/** Aliases of the languages in chat/markdown/render/grammars, and languages that are close enough to one of those. */
const ALIASES = new Map(
  Object.entries({
    apacheconf: "apache",
    astro: "xml",
    bat: "dos",
    batch: "dos",
    clj: "clojure",
    cmd: "dos",
    docker: "dockerfile",
    erl: "erlang",
    ex: "elixir",
    exs: "elixir",
    "f#": "fsharp",
    f90: "fortran",
    f95: "fortran",
    feature: "gherkin",
    fs: "fsharp",
    hbs: "handlebars",
    hcl: "ini",
    hs: "haskell",
    jinja: "django",
    jinja2: "django",
    ml: "ocaml",
    nginxconf: "nginx",
    nixos: "nix",
    pas: "delphi",
    pascal: "delphi",
    postgres: "pgsql",
    postgresql: "pgsql",
    proto: "protobuf",
    ps1: "powershell",
    pwsh: "powershell",
    scm: "scheme",
    svelte: "xml",
    sv: "verilog",
    systemverilog: "verilog",
    terraform: "ini",
    tex: "latex",
    tf: "ini",
    v: "verilog",
    vue: "xml",
  }),
);

/**
 * Return the library's name for a language.
 *
 * @param {string} name as the author wrote it
 */
export function resolveLanguage(name) {
  const lower = name.toLowerCase();
  return ALIASES.get(lower) ?? lower;
}
