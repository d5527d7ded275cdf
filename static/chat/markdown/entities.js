/** The character references (entities) of HTML, which Markdown shares. */

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,31}));/iy;

/** The names of the Latin letters and signs from U+00A0 on, in order; a hyphen where there is none. */
const LATIN = `
  nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro
  para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil
  Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
  Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
  igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute
  thorn yuml Amacr amacr Abreve abreve Aogon aogon Cacute cacute Ccirc ccirc Cdot cdot Ccaron ccaron Dcaron dcaron
  Dstrok dstrok Emacr emacr - - Edot edot Eogon eogon Ecaron ecaron Gcirc gcirc Gbreve gbreve Gdot gdot Gcedil -
  Hcirc hcirc Hstrok hstrok Itilde itilde Imacr imacr - - Iogon iogon Idot imath IJlig ijlig Jcirc jcirc Kcedil
  kcedil kgreen Lacute lacute Lcedil lcedil Lcaron lcaron Lmidot lmidot Lstrok lstrok Nacute nacute Ncedil ncedil
  Ncaron ncaron napos ENG eng Omacr omacr - - Odblac odblac OElig oelig Racute racute Rcedil rcedil Rcaron rcaron
  Sacute sacute Scirc scirc Scedil scedil Scaron scaron Tcedil tcedil Tcaron tcaron Tstrok tstrok Utilde utilde
  Umacr umacr Ubreve ubreve Uring uring Udblac udblac Uogon uogon Wcirc wcirc Ycirc ycirc Yuml Zacute zacute Zdot
  zdot Zcaron zcaron -`;

/** The names of the Greek letters from U+0391 and from U+03B1 on. */
const GREEK_CAPITALS = `
  Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega`;
const GREEK = `
  alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega`;

/** Names of other characters, each followed by its character. */
const OTHERS = `
  half½ inodotı OverBar‾ Implies⇒ longrightarrow⟶ longleftarrow⟵ Longrightarrow⟹ Longleftarrow⟸ longleftrightarrow⟷
  Longleftrightarrow⟺ hookrightarrow↪ hookleftarrow↩ blacksquare▪ bigstar★ natural♮
  excl! num# dollar$ percnt% AMP& amp& apos' lpar( rpar) ast* midast* plus+ comma, period. sol/ colon: semi; LT< lt<
  equals= GT> gt> quest? commat@ lbrack[ lsqb[ rbrack] rsqb] Hat^ lowbar_ lbrace{ lcub{ verbar| vert| rbrace} rcub}
  fnofƒ circˆ Hacekˇ caronˇ Breve˘ breve˘ dot˙ ring˚ ogon˛ tilde˜ dblac˝ thetasymϑ thetavϑ Upsiϒ upsihϒ phivϕ
  varphiϕ pivϖ varpiϖ GammadϜ gammadϝ kappavϰ rhovϱ varrhoϱ epsivϵ bepsi϶ dash‐ hyphen‐ ndash– mdash— horbar―
  Verbar‖ Vert‖ lsquo‘ rsquo’ rsquor’ lsquor‚ sbquo‚ ldquo“ rdquo” rdquor” bdquo„ ldquor„ dagger† Dagger‡ bull•
  bullet• nldr‥ hellip… mldr… permil‰ prime′ Prime″ tprime‴ bprime‵ lsaquo‹ rsaquo› oline‾ caret⁁ hybull⁃ frasl⁄
  bsemi⁏ qprime⁗ euro€ Copfℂ incare℅ gscrℊ Hscrℋ hamiltℋ Hfrℌ Hopfℍ hbarℏ hslashℏ planckℏ plankvℏ Iscrℐ Ifrℑ Imℑ
  imageℑ Lscrℒ lagranℒ ellℓ Nopfℕ numero№ copysr℗ weierp℘ wp℘ Popfℙ primesℙ Qopfℚ Rscrℛ Reℜ Rfrℜ realℜ Ropfℝ realsℝ
  rx℞ TRADE™ trade™ Zopfℤ mho℧ Zfrℨ zeetrfℨ iiota℩ Bscrℬ bernouℬ Cfrℭ escrℯ Escrℰ Fscrℱ Mscrℳ phmmatℳ orderℴ oscrℴ
  alefsymℵ alephℵ bethℶ gimelℷ dalethℸ larr← leftarrow← slarr← uarr↑ uparrow↑ rarr→ rightarrow→ srarr→ darr↓
  downarrow↓ harr↔ leftrightarrow↔ varr↕ nwarr↖ nearr↗ searr↘ swarr↙ nlarr↚ nrarr↛ rarrw↝ Larr↞ Uarr↟ Rarr↠ Darr↡
  larrtl↢ rarrtl↣ map↦ mapsto↦ larrhk↩ rarrhk↪ larrlp↫ rarrlp↬ harrw↭ nharr↮ Lsh↰ lsh↰ Rsh↱ rsh↱ ldsh↲ rdsh↳ crarr↵
  cularr↶ curarr↷ olarr↺ orarr↻ lharu↼ lhard↽ uharr↾ uharl↿ rharu⇀ rhard⇁ dharr⇂ dharl⇃ rlarr⇄ udarr⇅ lrarr⇆ llarr⇇
  uuarr⇈ rrarr⇉ ddarr⇊ lrhar⇋ rlhar⇌ nlArr⇍ nhArr⇎ nrArr⇏ Leftarrow⇐ lArr⇐ uArr⇑ Rightarrow⇒ rArr⇒ dArr⇓
  Leftrightarrow⇔ hArr⇔ iff⇔ vArr⇕ nwArr⇖ neArr⇗ seArr⇘ swArr⇙ lAarr⇚ rAarr⇛ larrb⇤ rarrb⇥ duarr⇵ loarr⇽ roarr⇾
  hoarr⇿ ForAll∀ forall∀ comp∁ part∂ Exists∃ exist∃ nexist∄ empty∅ emptyset∅ emptyv∅ varnothing∅ Del∇ nabla∇ in∈
  isin∈ isinv∈ notin∉ ni∋ niv∋ notni∌ prod∏ coprod∐ Sum∑ sum∑ minus− mnplus∓ mp∓ plusdo∔ setmn∖ ssetmn∖ lowast∗
  compfn∘ Sqrt√ radic√ prop∝ propto∝ vprop∝ infin∞ angrt∟ ang∠ angle∠ angmsd∡ angsph∢ mid∣ smid∣ nmid∤ nsmid∤ par∥
  spar∥ npar∦ nspar∦ and∧ wedge∧ or∨ vee∨ cap∩ cup∪ int∫ Int∬ iiint∭ tint∭ conint∮ oint∮ Conint∯ cwint∱ there4∴
  therefore∴ becaus∵ because∵ ratio∶ Colon∷ minusd∸ mDDot∺ homtht∻ Tilde∼ sim∼ thksim∼ bsim∽ ac∾ mstpos∾ acd∿ wr≀
  wreath≀ nsim≁ eqsim≂ esim≂ sime≃ simeq≃ nsime≄ nsimeq≄ cong≅ simne≆ ncong≇ ap≈ approx≈ asymp≈ thkap≈ nap≉ ape≊
  apid≋ bcong≌ CupCap≍ Bumpeq≎ bump≎ bumpe≏ bumpeq≏ doteq≐ esdot≐ eDot≑ efDot≒ erDot≓ Assign≔ colone≔ ecolon≕ ecir≖
  eqcirc≖ circeq≗ cire≗ wedgeq≙ veeeq≚ trie≜ equest≟ ne≠ equiv≡ nequiv≢ le≤ leq≤ ge≥ geq≥ lE≦ leqq≦ gE≧ geqq≧ lnE≨
  lneqq≨ gnE≩ gneqq≩ Lt≪ ll≪ Gt≫ gg≫ twixt≬ nless≮ nlt≮ ngt≯ ngtr≯ nle≰ nleq≰ nge≱ ngeq≱ lsim≲ gsim≳ gtrsim≳ nlsim≴
  ngsim≵ lg≶ gl≷ ntlg≸ ntgl≹ pr≺ prec≺ sc≻ succ≻ prcue≼ sccue≽ prsim≾ scsim≿ npr⊀ nprec⊀ nsc⊁ nsucc⊁ sub⊂ subset⊂
  sup⊃ supset⊃ nsub⊄ nsup⊅ sube⊆ supe⊇ nsube⊈ nsupe⊉ subne⊊ supne⊋ cupdot⊍ uplus⊎ sqsub⊏ sqsup⊐ sqsube⊑ sqsupe⊒
  sqcap⊓ sqcup⊔ oplus⊕ ominus⊖ otimes⊗ osol⊘ odot⊙ ocir⊚ oast⊛ odash⊝ plusb⊞ minusb⊟ timesb⊠ sdotb⊡ vdash⊢ dashv⊣
  top⊤ UpTee⊥ bot⊥ bottom⊥ perp⊥ models⊧ vDash⊨ Vdash⊩ Vvdash⊪ VDash⊫ nvdash⊬ nvDash⊭ nVdash⊮ nVDash⊯ prurel⊰ vltri⊲
  vrtri⊳ ltrie⊴ rtrie⊵ origof⊶ imof⊷ mumap⊸ hercon⊹ intcal⊺ veebar⊻ barvee⊽ lrtri⊿ Wedge⋀ xwedge⋀ Vee⋁ bigvee⋁ xvee⋁
  bigcap⋂ xcap⋂ Union⋃ bigcup⋃ xcup⋃ diam⋄ sdot⋅ Star⋆ sstarf⋆ divonx⋇ bowtie⋈ ltimes⋉ rtimes⋊ lthree⋋ rthree⋌
  bsime⋍ cuvee⋎ cuwed⋏ Sub⋐ Subset⋐ Sup⋑ Supset⋑ Cap⋒ Cup⋓ fork⋔ epar⋕ ltdot⋖ gtdot⋗ gtrdot⋗ Ll⋘ Gg⋙ ggg⋙ leg⋚ gel⋛
  cuepr⋞ cuesc⋟ nprcue⋠ nsccue⋡ lnsim⋦ gnsim⋧ prnsim⋨ scnsim⋩ nltri⋪ nrtri⋫ nltrie⋬ nrtrie⋭ vellip⋮ ctdot⋯ utdot⋰
  dtdot⋱ disin⋲ isinsv⋳ isins⋴ isinE⋹ nisd⋺ xnis⋻ nis⋼ lceil⌈ rceil⌉ lfloor⌊ rfloor⌋ Square□ squ□ square□ squarf▪
  squf▪ rect▭ marker▮ fltns▱ xutri△ utrif▴ utri▵ rtrif▸ rtri▹ xdtri▽ dtrif▾ dtri▿ ltrif◂ ltri◃ loz◊ cir○ tridot◬
  xcirc◯ ultri◸ urtri◹ lltri◺ starf★ star☆ phone☎ female♀ male♂ spades♠ clubs♣ hearts♥ diams♦ sung♪ flat♭ natur♮
  sharp♯ check✓ checkmark✓ cross✗ malt✠ sext✶ lang⟨ langle⟨ rang⟩ rangle⟩ Lang⟪ Rang⟫ loang⟬ roang⟭ xlarr⟵ xrarr⟶
  xharr⟷ xlArr⟸ xrArr⟹ xhArr⟺ les⩽ ges⩾ ffligﬀ filigﬁ flligﬂ ffiligﬃ fflligﬄ`;

/** The names of characters that can't be seen, or would need an escape. */
const INVISIBLE = {
  quot: '"',
  QUOT: '"',
  bsol: "\\",
  grave: "`",
  NewLine: "\n",
  Tab: "\t",
  ensp: "\u2002",
  emsp: "\u2003",
  emsp13: "\u2004",
  emsp14: "\u2005",
  numsp: "\u2007",
  puncsp: "\u2008",
  thinsp: "\u2009",
  hairsp: "\u200a",
  zwnj: "\u200c",
  zwj: "\u200d",
  lrm: "\u200e",
  rlm: "\u200f",
};

/**
 * The named characters that people write: all of HTML 4, and of HTML 5 the letters, signs, arrows and mathematics with
 * a short name. Others stay as they are written. The whole list would be a tenth of what a first visit loads.
 *
 * @type {Map<string, string>}
 */
const NAMES = new Map([
  ...inOrder(LATIN, 0xa0),
  ...inOrder(GREEK_CAPITALS, 0x391),
  ...inOrder(GREEK, 0x3b1),
  ...wordsOf(OTHERS).map((word) => /** @type {[string, string]} */ ([word.slice(0, -1), word.slice(-1)])),
  ...Object.entries(INVISIBLE),
]);

/** @param {string} text */
function wordsOf(text) {
  return text.trim().split(/\s+/);
}

/**
 * @param {string} names
 * @param {number} first the code point of the first one
 * @returns {[string, string][]}
 */
function inOrder(names, first) {
  return wordsOf(names).map((name, at) => [name, String.fromCodePoint(first + at)]);
}

/**
 * Return the character of the entity at an index, and the length of the entity; null if there is none.
 *
 * @param {string} text
 * @param {number} at
 * @returns {{text: string, length: number} | null}
 */
export function entityAt(text, at) {
  ENTITY.lastIndex = at;
  const [source, decimal, hexadecimal, name] = ENTITY.exec(text) ?? [];
  if (!source) return null;
  if (name) {
    const named = NAMES.get(name);
    return named === undefined ? null : { text: named, length: source.length };
  }
  const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return { text: isCharacter ? String.fromCodePoint(code) : "\ufffd", length: source.length };
}

/**
 * Resolve the backslash escapes and entities of Markdown.
 *
 * @param {string} text
 */
export function decodeMarkdown(text) {
  return text.replace(
    /\\([!-/:-@[-`{-~])|&#?\w{1,31};/g,
    (source, escaped) => escaped ?? entityAt(source, 0)?.text ?? source,
  );
}

/**
 * Resolve the entities of HTML.
 *
 * @param {string} text
 */
export function decodeHtml(text) {
  return text.replace(/&#?\w{1,31};/g, (source) => entityAt(source, 0)?.text ?? source);
}
