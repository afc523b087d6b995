// A text in pieces, so that a long part of it, such as the table of ten thousand nodes that each host has, is never copied.

/** Characters from which on a part stays a piece of its own. */
export const longText = 16_384;

/** Short ones together, long ones alone, each with `end` behind it. */
export function joinedPieces(pieces: readonly string[], end: string): readonly string[] {
  const joined: string[] = [];
  let short: string[] = [];
  for (const piece of pieces) {
    if (piece.length < longText) {
      short.push(piece);
      continue;
    }
    if (short.length > 0) joined.push(`${short.join(end)}${end}`);
    joined.push(piece);
    short = end === "" ? [] : [""];
  }
  if (short.length > 0) joined.push(`${short.join(end)}${end}`);
  return joined;
}
