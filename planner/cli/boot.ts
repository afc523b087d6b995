// flexkube-planner boot: documents with which a machine's first boot brings up its agent.
import { privateDirectory, privateFile } from "#planner/io/modes.ts";
import { basename, dirname } from "node:path";
import { createHash } from "node:crypto";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { Name } from "#shared/schema/words/words.ts";
import { isSealed } from "#shared/sealed/envelope.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";
import { version } from "#shared/version.ts";
import { usage } from "#shared/command-line/usage.ts";
import { agentOptionFaults, imageFault } from "#planner/boot/agent-words.ts";
import type { BootFile, BootFormat, BootHost, BootWish } from "#planner/boot/boot-files.ts";
import { bootFiles, bootFormats } from "#planner/boot/boot-files.ts";
import { checkSize } from "#planner/boot/check-size.ts";
import type { HostFile } from "#planner/boot/host-file.ts";
import { hostFileFault } from "#planner/boot/host-file-fault.ts";
import { hostConfigPath } from "#planner/boot/host-paths.ts";
import { seedCommand } from "#planner/boot/seed-command.ts";
import { hostPlaceholder as placeholder } from "#planner/boot/web-places.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { BootOutput } from "#planner/output/boot-output.ts";
import type { Effects } from "#planner/effects.ts";
import { identityFile, webPlacesOf } from "./boot-web.ts";
import type { Options } from "./parse-options.ts";

const defaultConfig = `hosts/${placeholder}.yaml`;
/** What a web server has; it says that the host is one of a sealed cluster. */
const sealedConfig = `sealed/${placeholder}.age`;

type Document = { readonly host: string; readonly files: readonly BootFile[] };

/**
 * Prints one document, or writes those of all hosts. Throws INTERNAL_USAGE; CONFIG_UNREADABLE where a host has no config, or
 * something that a web server's hosts need is not there; CONFIG_INVALID where a document is larger than allowed, before anything is written; FILES_*.
 */
export async function bootCommand(options: Options, effects: Effects): Promise<number> {
  const wish = { ...wishOf(options), web: await webPlacesOf(options, effects) };
  const limit = limitOf(options.maxBytes);
  const hosts = await readHosts(options, effects);
  const problems = limit === undefined ? [] : hosts.flatMap((host) => checkSize(host, wish, limit));
  if (problems.length > 0)
    throw new FlexkubeError("CONFIG_INVALID", "a document is larger than what is allowed", { problems });
  const documents = hosts.map((host) => ({ host: host.name, files: bootFiles(host, wish) }));
  if (options.out !== undefined) await writeAll(options.out, documents, effects);
  if (options.json) effects.print(`${JSON.stringify(outputOf(documents, options), undefined, 2)}\n`);
  else if (options.out === undefined) effects.print(onlyText(documents));
  else effects.print(told(options.out, documents, wish.format));
  return exitCodes.ok;
}

function wishOf({ format: given, image, agentOption = [], gzip, base64, url, identity }: Options): BootWish {
  const format = bootFormats.find((each) => each === given);
  if (given === undefined) throw usage("--format", `it is missing; known are ${bootFormats.join(", ")}`);
  if (format === undefined) throw usage(given, `unknown format${orKnown(given, bootFormats)}`);
  const isPacked = format === "cloud-init" || format === "nocloud" || format === "script";
  if (gzip && !isPacked) throw usage("--gzip", `nothing unpacks a document of the format ${format}`);
  if (base64 && !gzip) throw usage("--base64", "it is for what --gzip makes");
  if (base64 && format === "nocloud") throw usage("--base64", "cloud-init does not decode a seed");
  if (url !== undefined && format !== "ignition") throw usage("--url", "it is for the format ignition");
  if (identity && isUnit(format)) throw usage("--identity", "a unit alone holds no keys");
  const [fault] = agentOptionFaults(agentOption, format);
  if (fault !== undefined) throw usage("--agent-option", fault);
  const agent = { image: imageOf(image), options: agentOption };
  return { format, agent, packing: base64 ? "gzip-base64" : gzip ? "gzip" : "none", url: url && urlOf(url) };
}

function imageOf(image = `flexkube-agent:${version}`): string {
  const fault = imageFault(image);
  if (fault !== undefined) throw usage("--image", fault);
  return image;
}

function urlOf(url: string): string {
  // the name of the host and of the file follow
  if (!/^(?:https?|s3|gs|tftp):\/\/[!-~]+$/.test(url) || /[?#]/.test(url) || !URL.canParse(url))
    throw usage(url.includes("@") ? "--url" : url, "not a URL that Ignition fetches from, without a query");
  return url.replace(/\/+$/, "");
}

function limitOf(maxBytes: string | undefined): number | undefined {
  if (maxBytes === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(maxBytes)) throw usage("--max-bytes", `${maxBytes} is no number of bytes`);
  return Number(maxBytes);
}

/** A unit has nothing of what is in its host's files. */
function isUnit(format: string | undefined): boolean {
  return format === "systemd" || format === "quadlet";
}

async function readHosts(options: Options, { files }: Effects): Promise<readonly BootHost[]> {
  const { out, json, format } = options;
  const pattern = options.config ?? (options.configUrl === undefined ? defaultConfig : sealedConfig);
  const names = await namesOf(options, pattern, files);
  if (out === undefined && !json) checkPrintable(names, options);
  const hosts: BootHost[] = [];
  for (const name of names) {
    const own = await filesOf(name, pattern.replaceAll(placeholder, name), { options, files });
    hosts.push({ name, files: isUnit(format) ? own.map(({ path }) => ({ path, bytes: new Uint8Array() })) : own });
  }
  return hosts;
}

/** What a web server brings is not in the document, unless that was said. */
async function filesOf(
  name: string,
  file: string,
  { options, files }: { readonly options: Options } & Pick<Effects, "files">,
): Promise<readonly HostFile[]> {
  const bytes = await payloadOf(file, files);
  const isFromTheWeb = options.configUrl !== undefined;
  const fault = hostFileFault(name, bytes);
  if (fault !== undefined) throw unreadable(file, fault);
  if (isFromTheWeb && !isSealed(bytes))
    throw usage("--config", `${file} is not sealed, and what the web server brings is: flexkube-planner split --seal`);
  return [
    ...(isFromTheWeb && options.config === undefined ? [] : [{ path: hostConfigPath, bytes }]),
    ...(options.identity ? [await identityFile(name, { ...options, sealed: { file, bytes } }, files)] : []),
  ];
}

async function namesOf(
  { names = [], configUrl = [] }: Options,
  pattern: string,
  files: Effects["files"],
): Promise<readonly string[]> {
  const unnamed = names.find((name) => !isName(name));
  if (unnamed !== undefined) throw usage(unnamed, "not the name of a host");
  const isOne = !pattern.includes(placeholder);
  if (isOne && names.length !== 1)
    throw usage("--config", `one file is of one HOST; write ${placeholder} for the name`);
  const found = names.length > 0 ? [...new Set(names)].toSorted() : await namesAt(pattern, files);
  if (found.length > 1 && configUrl.some((url) => !url.includes(placeholder)))
    throw usage("--config-url", `one URL is of one HOST; write ${placeholder} for the name`);
  return found;
}

/** Of all hosts that have a file. */
async function namesAt(pattern: string, files: Effects["files"]): Promise<readonly string[]> {
  const [before = "", after = "", ...more] = basename(pattern).split(placeholder);
  if (more.length > 0 || dirname(pattern).includes(placeholder))
    throw usage("HOST", "which hosts cannot be told from --config");
  const found = (await files.list(dirname(pattern)))
    .filter((file) => file.startsWith(before) && file.endsWith(after) && file.length > before.length + after.length)
    .map((file) => file.slice(before.length, file.length - after.length))
    .filter(isName);
  if (found.length === 0) throw unreadable(pattern, "there is no host config; run flexkube-planner split first");
  return found;
}

function isName(name: string): boolean {
  return faultOfWord(Name, name) === undefined;
}

function checkPrintable(names: readonly string[], { format, gzip, base64, url }: Options): void {
  if (names.length > 1) throw usage("--out", "say where the documents of several hosts go");
  if (format === "nocloud" || url !== undefined) throw usage("--out", "say where its two files go");
  if (gzip && !base64) throw usage("--out", "say where it goes, or add --base64: what is packed is no text");
}

async function payloadOf(file: string, files: Effects["files"]): Promise<Uint8Array> {
  const found = await files.readFile(file);
  if (found === undefined) throw unreadable(file, "it is not there; run flexkube-planner split first");
  if (found.bytes.byteLength === 0) throw unreadable(file, "it is empty");
  return found.bytes;
}

/** A machine's directory is complete once the file that it is given, which comes last, is there. */
async function writeAll(out: string, documents: readonly Document[], { files }: Effects): Promise<void> {
  for (const { host, files: made } of documents) {
    const directory = `${out}/${host}`;
    await files.makeDirectory(directory, privateDirectory);
    for (const { name, bytes } of made.toSorted((a, b) => Number(a.isGiven) - Number(b.isGiven)))
      await files.writeFileAtomic(`${directory}/${name}`, bytes, privateFile);
  }
}

/** Of the only host, whose format has one file that is text. */
function onlyText(documents: readonly Document[]): string {
  return documents.flatMap(({ files }) => files.map(({ bytes }) => Buffer.from(bytes).toString())).join("");
}

function told(out: string, documents: readonly Document[], format: BootFormat): string {
  const lines = documents.flatMap(({ host, files }) => [
    ...files.map(({ name, bytes }) => `${out}/${host}/${name}: ${bytes.byteLength.toLocaleString("en-US")} bytes`),
    ...(format === "nocloud" ? [seedCommand(`${out}/${host}`)] : []),
  ]);
  return `${lines.join("\n")}\n`;
}

/** Without `--out` it has what is in the files. */
function outputOf(documents: readonly Document[], { out }: Options): BootOutput {
  const made = documents.flatMap(({ host, files }) =>
    files.map(({ name, bytes }) => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const about = { host, name, bytes: bytes.byteLength, sha256 };
      return out === undefined ? { ...about, ...contentOf(bytes) } : { ...about, file: `${out}/${host}/${name}` };
    }),
  );
  return { version: outputVersion, documents: made };
}

function contentOf(bytes: Uint8Array): { readonly content: string } | { readonly contentBase64: string } {
  const content = textOfBytes(bytes);
  return content === undefined ? { contentBase64: Buffer.from(bytes).toString("base64") } : { content };
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("CONFIG_UNREADABLE", "a host config cannot be read", { file, reason });
}
