/** The style of all pages: no fonts, images or sheets from elsewhere. Colours are told twice, as colour and as a word. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbf8f1; --card: #fffdf8; --ink: #23201b; --soft: #6b6459; --line: #e2dac9; --edge: #b9ad96; --accent: #8a3b12;
  --finetune: #2f6f5e; --adapter: #7a4fa3; --quantized: #b26a00; --merge: #b0305c; --duplicate: #57606a; --cast: #2a64a8;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1c1f23; --ink: #ece7dc; --soft: #a39c8f; --line: #2f3338; --edge: #565c63; --accent: #e9a06d;
    --finetune: #6cc3aa; --adapter: #bb97e0; --quantized: #e2a94f; --merge: #ec7fa4; --duplicate: #9aa5b1; --cast: #77aeea;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:focus-visible, input:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
h1, h2, h3, .brand { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.7rem, 4vw, 2.5rem); margin: 0 0 .3em; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 1rem; }
h3 { font-size: 1.05rem; margin: 0; }
small, .soft { color: var(--soft); font-size: .875rem; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.wide { max-width: 76rem; margin: 0 auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }
header { border-bottom: 1px solid var(--line); }
header .wide { display: flex; gap: .8rem 2rem; align-items: center; flex-wrap: wrap; padding-block: .9rem; }
.brand { font-size: 1.35rem; color: var(--ink); text-decoration: none; display: inline-flex; gap: .55rem; align-items: center; }
.brand svg { display: block; }
header form { display: flex; gap: .5rem; flex: 1 1 16rem; max-width: 30rem; margin-left: auto; }
input, button { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 7px; background: var(--card); padding: .42rem .75rem; }
input { flex: 1; min-width: 0; }
input::placeholder { color: var(--soft); opacity: 1; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
main { padding-block: 2.4rem 4rem; }
.lead { max-width: 44rem; font-size: 1.09rem; color: var(--soft); margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; margin: 2rem 0 0; padding: 0; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.figures div { background: var(--card); padding: .95rem 1.15rem; }
.figures dt { color: var(--soft); font-size: .82rem; }
.figures dd { margin: 0; font: 600 1.6rem/1.25 var(--serif); font-variant-numeric: lining-nums tabular-nums; }
.figures dd small { display: block; font: .82rem/1.4 var(--sans); }
#live { min-height: 1.5em; margin: .7rem 0 0; }
#live::before { content: ""; display: inline-block; width: .5rem; height: .5rem; border-radius: 50%; background: var(--edge); margin-right: .5rem; }
#live.on::before { background: var(--finetune); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.5rem), 1fr)); gap: 1rem; list-style: none; margin: 0; padding: 0; }
.card { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.15rem 1.1rem; display: flex; flex-direction: column; gap: .1rem; }
.card:hover { border-color: var(--edge); }
.card a { color: inherit; text-decoration: none; }
.card a::after { content: ""; position: absolute; inset: 0; border-radius: 10px; }
.card a:hover { color: var(--accent); }
.card svg { max-width: 100%; height: auto; margin: .7rem auto auto; }
.front { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1rem 3rem; align-items: center; }
.front svg { max-width: 100%; height: auto; }
@media (max-width: 56rem) { .front { grid-template-columns: minmax(0, 1fr); } .front svg { display: none; } }
.rows { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.rows li { border-bottom: 1px solid var(--line); padding: .55rem 0; display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }
.rows small { margin-left: auto; }
.rows .fresh { animation: fresh 2.5s ease-out; }
@keyframes fresh { from { background: color-mix(in srgb, var(--finetune) 22%, transparent); } }
@media (prefers-reduced-motion: reduce) { .rows .fresh { animation: none; } }
.two { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 0 3rem; align-items: start; }
@media (max-width: 52rem) { .two { grid-template-columns: minmax(0, 1fr); } }
.path { display: flex; flex-wrap: wrap; gap: .1rem .5rem; list-style: none; padding: 0; margin: 0 0 1.2rem; }
.path li + li::before { content: "→"; color: var(--soft); margin-right: .5rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .5rem 1.6rem; margin: 1.6rem 0 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 .6em; font-size: .82rem; line-height: 1.6; }
.finetune { --c: var(--finetune); } .adapter { --c: var(--adapter); } .quantized { --c: var(--quantized); }
.merge { --c: var(--merge); } .duplicate { --c: var(--duplicate); } .cast { --c: var(--cast); } .none { --c: var(--edge); } .root { --c: var(--ink); }
.tag { color: var(--c, var(--soft)); }
.tag.confirmed, .tag.ancestor { color: var(--finetune); } .tag.contradicted { color: var(--merge); }
meter { width: 8rem; height: .8rem; vertical-align: middle; margin-right: .4rem; }
.evidence { list-style: none; margin: 0; padding: 0; }
.evidence li { padding: .6rem 0; border-bottom: 1px solid var(--line); }
.evidence small { display: block; }
.plate { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem; overflow: auto; max-height: 80vh; }
.plate svg { display: block; max-width: none; }
.stemma .edge { fill: none; stroke: var(--c); opacity: .8; }
.stemma .unsure { stroke-dasharray: 4 3; }
.stemma .dot { fill: var(--c); stroke: var(--card); stroke-width: 1.5; }
.stemma .speck { fill: var(--c); }
.stemma .deleted, .stemma .named { fill: var(--card); stroke: var(--edge); }
.stemma text { font: 12.5px var(--sans); fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.stemma .said { font-size: 10px; fill: var(--soft); }
.stemma .name.deleted { text-decoration: line-through; }
.stemma .current { stroke: var(--accent); }
.stemma text.current { font-weight: 700; fill: var(--accent); stroke: var(--card); }
.stemma a { text-decoration: none; }
.stemma a:hover text.name { fill: var(--accent); text-decoration: underline; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .9rem 0 0; }
.legend li::before { content: ""; display: inline-block; width: 1.3rem; border-top: 3px solid var(--c); vertical-align: .25em; margin-right: .45rem; }
.legend .unsure::before { border-top: 2px dashed var(--soft); }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--soft); }
details ul { list-style: none; margin: 0; padding-left: 1.15rem; border-left: 1px solid var(--line); }
details > ul { border: 0; padding: .6rem 0 0; }
details [aria-current] { font-weight: 700; }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
footer .wide { padding-block: 1.4rem; display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; }
.empty { border: 1px dashed var(--edge); border-radius: 10px; padding: 1.4rem; color: var(--soft); }
`;
