// Pieces of a container's log answer: frames of output and errors, each behind a header of 8 bytes. Pure.

export type OutputPiece = { readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array };

const headerLength = 8;

/**
 * Takes an answer chunk by chunk and gives what is whole of it; a frame's bytes are given as they come. What has no frames (a container with a
 * terminal), or none any more, is output as it is.
 */
export function createFrames(): {
  readonly push: (chunk: Uint8Array) => readonly OutputPiece[];
  /** What is left at the end of the answer. */
  readonly end: () => readonly OutputPiece[];
} {
  let rest = Buffer.alloc(0);
  /** Bytes of the present frame that are still to come. */
  let left = 0;
  let stream: OutputPiece["stream"] = "stdout";
  let isPlain = false;
  let isFirst = true;
  const piece = (bytes: Uint8Array): readonly OutputPiece[] => (bytes.length === 0 ? [] : [{ stream, bytes }]);
  return {
    push: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      const pieces: OutputPiece[] = [];
      while (rest.length > 0) {
        if (left === 0 && !isPlain) {
          if (rest.length < headerLength) break;
          isPlain = !isHeader(rest);
          if (!isPlain) [stream, left, rest] = [streamOf(rest), rest.readUInt32BE(4), rest.subarray(headerLength)];
          else stream = "stdout";
          isFirst = false;
        }
        const length = isPlain ? rest.length : Math.min(left, rest.length);
        pieces.push(...piece(rest.subarray(0, length)));
        rest = rest.subarray(length);
        left = isPlain ? 0 : left - length;
      }
      return pieces;
    },
    // half a header of a cut answer says nothing; a few bytes alone are a short text
    end: () => (isFirst ? piece(rest) : []),
  };
}

/** Stream 0 to 2, three zero bytes, then the length. */
function isHeader(bytes: Buffer): boolean {
  return bytes.readUInt32BE(0) % 0x1000000 === 0 && (bytes[0] ?? 3) < 3;
}

function streamOf(header: Buffer): OutputPiece["stream"] {
  return header[0] === 2 ? "stderr" : "stdout";
}
