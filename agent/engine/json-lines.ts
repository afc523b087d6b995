// A stream of JSON documents, one a line, as pulls, loads and events answer.

/** Yields each line's document; `onChunk` is called for each piece that arrives. */
export async function* jsonLines(stream: NodeJS.ReadableStream, onChunk?: () => void): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    onChunk?.();
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}
