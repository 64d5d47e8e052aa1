"""The style sheet: every tone of the palette as a class, for a dark and for a light page.

Serving writes it once into all pages. Colours come from view.palette alone; a tone here never
means more than there.
"""

from collections.abc import Iterator

from tai2.view.palette import GROUND, Ink, palette

_LIGHT_GROUND = "#ffffff"

_LAYOUT = """
:root { color-scheme: dark; --ground: #0d1117; --card: #161b22; --edge: #30363d; }
body.body--light { color-scheme: light; --ground: #ffffff; --card: #f6f8fa; --edge: #d1d9e0; }
body { background: var(--ground) !important; color: var(--plain);
  font: 14px/1.45 system-ui, sans-serif; margin: 0; }
.nicegui-content { padding: 0; gap: 0; align-items: stretch; width: 100%; }
a { color: inherit; text-decoration: none; }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible,
[tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px; z-index: 9; }
.top { position: sticky; top: 0; z-index: 5; background: var(--ground);
  border-bottom: 1px solid var(--edge); padding: 6px 12px; }
.bar { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; }
.bar .figures { flex: 1; white-space: normal; } .bar .end { margin-left: auto; }
nav { display: flex; flex-wrap: wrap; justify-content: center; padding-top: 4px; }
nav a { padding: 2px 8px; } nav a[aria-current=page] { font-weight: 700;
  border-bottom: 2px solid var(--accent); }
nav i { color: var(--dim); font-style: normal; padding: 2px 0; }
.banner { padding: 6px 12px; background: var(--warn); color: #000; font-weight: 600; }
main { padding: 12px; display: flex; flex-direction: column; gap: 12px; min-width: 0; }
.lost main, .lost .bar .figures { opacity: .45; filter: saturate(.4); }
.cards { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(230px, 100%), 1fr)); }
.halves { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
  padding: 8px 12px; min-width: 0; }
.card > h2 { font-size: 13px; line-height: 1.4; margin: 0 0 4px; color: var(--dim);
  font-weight: 600; }
.scroll { overflow: auto; max-width: 100%; }
.mono, table.grid { font-family: ui-monospace, monospace; font-variant-numeric: tabular-nums; }
.line { white-space: pre-wrap; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.log .line { white-space: pre; overflow-wrap: normal; }
.big { font-size: 22px; line-height: 1.3; }
table.grid { border-collapse: collapse; width: 100%; }
table.grid th { text-align: left; color: var(--dim); font-weight: 500; }
table.grid th, table.grid td { padding: 2px 10px 2px 0; white-space: pre; vertical-align: top; }
table.grid .num { text-align: right; }
table.grid tbody tr { border-top: 1px solid var(--edge); }
.pick { display: block; width: 100%; text-align: left; background: none; border: 0; color: inherit;
  font-size: inherit; padding: 2px 4px; cursor: pointer; white-space: pre; overflow: hidden;
  text-overflow: ellipsis; }
.pick[aria-pressed=true] { background: var(--edge); }
.do { background: var(--card); color: inherit; border: 1px solid var(--edge); border-radius: 6px;
  padding: 3px 12px; font: inherit; cursor: pointer; }
.do:disabled { opacity: .5; cursor: not-allowed; }
.do.danger { border-color: var(--error); color: var(--error); font-weight: 700; }
.chart { width: 100%; height: max(420px, 62vh); }
.field { display: grid; grid-template-columns: minmax(150px, 220px) 1fr; gap: 4px 12px;
  align-items: start; padding: 6px 0; border-top: 1px solid var(--edge); }
.tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.tools .q-field { min-width: min(220px, 60vw); } .tools .grow { flex: 1; }
.log { height: 62vh; overflow: auto; } .talk { max-height: 50vh; overflow: auto; }
@media (max-width: 600px) { .field { grid-template-columns: 1fr; } main { padding: 8px; }
  .log { height: 38vh; } .chart { height: 420px; } nav a { padding: 2px 4px; font-size: 13px; } }
"""


def sheet(name: str) -> str:
    """Return the style sheet of a palette: cb, green-up, red-up or mono."""
    return "\n".join((_LAYOUT, *_tones(name)))


def _tones(name: str) -> Iterator[str]:
    for tone, ink in palette(name).items():
        yield _rule(f".t-{tone.value}", ink, ink.hex, GROUND)
        yield _rule(f"body.body--light .t-{tone.value}", ink, ink.light, _LIGHT_GROUND)
        yield f":root {{ --{tone.value}: {ink.hex}; }}"
        yield f"body.body--light {{ --{tone.value}: {ink.light}; }}"


def _rule(selector: str, ink: Ink, colour: str, ground: str) -> str:
    weight = " font-weight: 700;" if ink.is_bold else ""
    if ink.is_reverse:
        return (
            f"{selector} {{ background: {colour}; color: {ground};{weight}"
            " padding: 0 8px; margin-right: 8px; border-radius: 4px; }"
        )
    return f"{selector} {{ color: {colour};{weight} }}"
