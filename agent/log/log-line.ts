// A line of the agent's log as people read it on a terminal: when, how bad, what, and what belongs to it.
import { printable, printableLine } from "#shared/printable.ts";

export type LineStyle = {
  readonly colour: boolean;
  /** Print stacks of errors too, on lines of their own. */
  readonly stacks: boolean;
};

/** By pino's number of a level: a word of five letters, and a colour of the terminal's own (ANSI). */
const levels: readonly { readonly from: number; readonly word: string; readonly colour: number }[] = [
  { from: 50, word: "ERROR", colour: 31 },
  { from: 40, word: "WARN ", colour: 33 },
  { from: 30, word: "INFO ", colour: 32 },
];
const debug = { word: "DEBUG", colour: 90 };

/** Every line has these, or they say nothing to whoever sits at the host. */
const own = new Set(["level", "time", "name", "msg"]);

/** The text of one line of JSON as pino writes it, with its end of line; nothing in it moves a terminal. What is no such line stays as it is. */
export function logLine(json: string, style: LineStyle): string {
  const record = parsed(json);
  if (record === undefined) return printable(json);
  const { level, time, msg } = record;
  const { word, colour } = levels.find(({ from }) => Number(level) >= from) ?? debug;
  const fields = Object.entries(record).filter(([key, value]) => !own.has(key) && value !== undefined);
  const errors = fields.flatMap(([key, value]) => (key === "err" && isRecord(value) ? [value] : []));
  const texts = fields.flatMap(([key, value]) => fieldTexts(key, value));
  const paint = (text: string, code: number): string => (style.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const head = `${paint(clockTime(time), 90)} ${paint(word, colour)} ${typeof msg === "string" ? oneLine(msg) : ""}`;
  const tail = texts.length === 0 ? "" : `  ${paint(texts.join(" "), 90)}`;
  const stacks = style.stacks ? errors.flatMap(({ stack }) => (typeof stack === "string" ? [stack] : [])) : [];
  const below = stacks.map((stack) => `    ${printable(stack).trimEnd().replaceAll("\n", "\n    ")}\n`);
  return `${head}${tail}\n${below.join("")}`;
}

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) && "level" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `key=value` for each; an error is its message and code, and what it is about is laid open. */
function fieldTexts(key: string, value: unknown): readonly string[] {
  if (key === "err" && isRecord(value)) {
    const { message, code } = value;
    return [...pair("error", message), ...pair("code", code)];
  }
  if (key === "details" && isRecord(value)) return Object.entries(value).flatMap(([name, one]) => pair(name, one));
  return pair(key, value);
}

function pair(key: string, value: unknown): readonly string[] {
  if (value === undefined || value === null || value === "") return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === "[]" || text === "{}") return [];
  return [printableLine(`${key}=${/^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text)}`)];
}

function oneLine(text: string): string {
  return printableLine(text.trimEnd().replaceAll(/\s*\n\s*/g, " "));
}

/** Of an ISO time, the time of day in UTC: a terminal is watched as it happens. */
function clockTime(time: unknown): string {
  return /T(\d\d:\d\d:\d\d)/.exec(String(time))?.[1] ?? "--:--:--";
}
