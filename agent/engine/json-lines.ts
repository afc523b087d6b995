// A stream of JSON documents, one a line, as pulls, loads and events answer.
import { engineUnsupported } from "./errors.ts";

/** Longer than any line of an engine: an event carries its container's labels. */
const maxLine = 4 * 1024 * 1024;

/** Yields each line's document; `onChunk` is called for each piece that arrives. */
export async function* jsonLines(stream: NodeJS.ReadableStream, onChunk?: () => void): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    onChunk?.();
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLine) throw engineUnsupported(`a line of an answer is longer than ${maxLine} bytes`);
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}
