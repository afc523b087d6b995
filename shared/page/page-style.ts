// How pages look: two palettes, and rules that fit a phone as well as a wall. Pure.

/** Of each palette: what stands on `ground` and on `card`, as #rrggbb. */
export type Palette = Readonly<Record<"ground" | "card" | "line" | "text" | "faint" | "good" | "bad" | "wait", string>>;

export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    ground: "#f5f6f8",
    card: "#ffffff",
    line: "#c9ced6",
    text: "#1b2027",
    faint: "#525b68",
    good: "#14652f",
    bad: "#a51d1d",
    wait: "#7a4b00",
  },
  dark: {
    ground: "#12151a",
    card: "#1c2129",
    line: "#3b4452",
    text: "#e8ebf0",
    faint: "#a7b0be",
    good: "#6cd08d",
    bad: "#ff8e8e",
    wait: "#f0b95a",
  },
};

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");
}

export const pageStyle = `:root{color-scheme:light dark;${variables(palettes.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:75rem;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:1.75rem 0 .5rem}h3{font-size:1.05rem;margin:0}
p,ul,ol{margin:.25rem 0}ul,ol{padding-left:1.25rem}
.faint{color:var(--faint)}.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.cards{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),1fr))}
.card,.finding{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
.card{border-top:.3rem solid var(--good)}.card.ill{border-top-color:var(--bad)}.card.none{border-top-color:var(--line)}
.finding{border-left:.3rem solid var(--bad);margin:.5rem 0}
.card ul,.plain ul{list-style:none;padding:0}.plain li{margin:.25rem 0}
code,pre{font:.875rem/1.4 ui-monospace,monospace}pre{overflow-x:auto;overflow-wrap:normal}
code{user-select:all}
.bars{list-style:none;padding:0}.bars li{display:grid;grid-template-columns:minmax(5rem,20%) 1fr 3.5rem;gap:.5rem;align-items:center;margin:.35rem 0}
.track{display:block;width:100%;height:.75rem;background:var(--line);border-radius:.25rem;fill:currentColor}
`;
