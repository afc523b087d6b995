// The figures as a table for people. Pure.
import type { Figure } from "./figure.ts";
import { verdictsOf } from "./figure.ts";
import { ratioOf, summaryOf } from "./statistics.ts";

const heads = ["work", "quantity", "ours", "bare", "x bare", "compose", "x compose", "goal", "reached"];

/** One line a figure below a line of heads; numbers are medians with [min-max] where there is more than one sample. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [heads, ...figures.map(rowOf)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

function rowOf(figure: Figure): readonly string[] {
  const verdicts = verdictsOf(figure);
  const samples = (values: readonly number[] | undefined): string =>
    values === undefined ? "" : samplesText(values, figure.unit);
  const ratio = (other: readonly number[] | undefined): string =>
    other === undefined ? "" : numberText(ratioOf(figure.ours, other));
  return [
    figure.work,
    figure.quantity,
    samples(figure.ours),
    samples(figure.bare),
    ratio(figure.bare),
    samples(figure.compose),
    ratio(figure.compose),
    verdicts.map(({ goal }) => goal).join(", "),
    verdicts.map(({ reached }) => (reached === undefined ? "too busy to judge" : reached ? "yes" : "NO")).join(", "),
  ];
}

function samplesText(values: readonly number[], unit: string): string {
  const { median, min, max, count } = summaryOf(values);
  const range = count > 1 && min !== max ? ` [${numberText(min)}-${numberText(max)}]` : "";
  return `${numberText(median)}${range} ${unit}`.trim();
}

/** Three digits that mean something. */
function numberText(value: number): string {
  if (Number.isInteger(value) || Number.isNaN(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 3;
  return value.toFixed(digits);
}
