// Finds files that a power cut has left half.
import { temporarySuffix } from "#agent/report/atomic-file.ts";
import type { LabHost } from "#lab/host.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";

/** The agent is up again by then: what it renames while `find` looks is no error. */
const atWork = ["-ignore_readdir_race"];

/**
 * Paths of what flexkube keeps on the host and that cannot be whole: without a byte, or JSON, a key or a certificate that ends too early. What is written before it
 * is renamed is read by nobody.
 */
export async function tornFiles(host: LabHost): Promise<readonly string[]> {
  const kept = ["/etc/kubernetes", "/etc/flexkube", "/var/lib/flexkube"];
  const unread = ["*lock*", temporaryName("*"), `.*${temporarySuffix}`].flatMap((name) => ["-not", "-name", name]);
  const empty = linesOf(await host.exec("find", ...kept, ...atWork, "-type", "f", "-size", "0", ...unread));
  const json = linesOf(await host.exec("find", "/var/lib/flexkube", ...atWork, "-name", "*.json"));
  const torn = await Promise.all(json.map(async (path) => (isJson(await host.readFile(path)) ? [] : [path])));
  const pem = ["-name", "*.crt", "-o", "-name", "*.key", "-o", "-name", "*.pem"];
  const cut = ["-exec", "sh", "-c", `tail -n 1 "$1" | grep -q "^-----END " || echo "$1"`, "sh", "{}", ";"];
  const halfPem = linesOf(await host.exec("find", ...kept, ...atWork, "-type", "f", "(", ...pem, ")", ...cut));
  return [...empty, ...torn.flat(), ...halfPem];
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
