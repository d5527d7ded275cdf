/** Other names of the languages in chatsite/npm.py, and of some that look much like one that is known. */
const OTHERS = new Map(
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
 * The name by which a language is coloured.
 *
 * @param {string} name as it was written
 */
export function resolveLanguage(name) {
  const lower = name.toLowerCase();
  return OTHERS.get(lower) ?? lower;
}
