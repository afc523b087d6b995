// Colours that can be read by whoever sees little contrast.
import assert from "node:assert/strict";
import { test } from "node:test";
import { palettes } from "./page-style.ts";
import type { Palette } from "./page-style.ts";

test("in light and in dark every text has the contrast that WCAG asks of small text, and lines can be seen", () => {
  for (const [name, palette] of Object.entries(palettes))
    for (const ground of ["ground", "card"] as const)
      for (const text of ["text", "faint", "good", "bad", "wait"] as const)
        assert.ok(contrast(palette, text, ground) >= 4.5, `${name}: ${text} on ${ground}`);
});

/** WCAG 2.2, "contrast ratio" and "relative luminance". */
function contrast(palette: Palette, one: keyof Palette, other: keyof Palette): number {
  const [dark = 0, light = 0] = [one, other].map((key) => luminance(palette[key])).toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
