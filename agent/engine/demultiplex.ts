// Text of a container's log answer: frames of output and errors, each behind a header of 8 bytes. Pure.

/** Both streams in the order they were written. What has no frames (a container with a terminal) is taken as it is. */
export function demultiplex(answer: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < answer.length) {
    // stream 0 to 2, three zero bytes, then the length
    const framed = answer.length - at >= 8 && answer.readUInt32BE(at) % 0x1000000 === 0 && (answer[at] ?? 3) < 3;
    if (!framed) return answer.toString("utf8");
    const length = answer.readUInt32BE(at + 4);
    parts.push(answer.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
