// Finds files that a power cut has left half.
import type { LabHost } from "#lab/host.ts";

/** Paths of what flexkube keeps on the host and that cannot be whole: without a byte, or JSON that ends too early. */
export async function tornFiles(host: LabHost): Promise<readonly string[]> {
  const empty = linesOf(
    await host.exec(
      "sh",
      "-c",
      "find /etc/kubernetes /etc/flexkube /var/lib/flexkube -type f -size 0 -not -name '*lock*'",
    ),
  );
  const json = linesOf(await host.exec("find", "/var/lib/flexkube", "-name", "*.json"));
  const torn = await Promise.all(json.map(async (path) => (isJson(await host.readFile(path)) ? [] : [path])));
  return [...empty, ...torn.flat()];
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function isJson(content: Buffer): boolean {
  try {
    JSON.parse(content.toString());
    return true;
  } catch {
    return false;
  }
}
