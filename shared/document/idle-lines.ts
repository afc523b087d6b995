// Long runs of blank lines and comments, which say nothing and cost the YAML library a microsecond a line.
// It must not move anything else: places are told by offsets in the text as it was written.

/** Shorter runs are left as they are. */
const leastRun = 100;

const isBlank = /^[ \t\r]*$/;

/**
 * A text of the same length where each long run is a single comment. Only runs before a line at the left edge or the end: what is
 * blank before an indented line may be a part of a text of several lines. What a `|+` keeps at the end of such a text stays.
 */
export function withoutIdleLines(text: string): string {
  if (/[|>][0-9]?\+/.test(text)) return text;
  const parts: string[] = [];
  let [done, start, count] = [0, 0, 0];
  const endRun = (at: number): void => {
    if (count >= leastRun && !/[ \t]/.test(text[at] ?? "")) {
      parts.push(text.slice(done, start), "#".padEnd(at - start - 1), "\n");
      done = at;
    }
    count = 0;
  };
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    if (end < 0) break;
    if (isIdle(text, at, end)) {
      if (count === 0) start = at;
      count += 1;
    } else endRun(at);
    at = end + 1;
    if (at === text.length) endRun(at);
  }
  return done === 0 ? text : `${parts.join("")}${text.slice(done)}`;
}

function isIdle(text: string, at: number, end: number): boolean {
  if (at === end) return true;
  const first = text[at];
  if (first === "#") return true;
  return (first === " " || first === "\t" || first === "\r") && isBlank.test(text.slice(at, end));
}
