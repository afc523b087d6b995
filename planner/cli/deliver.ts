// flexkube-planner deliver: sealed host configs as Secrets, and what the agents say became of them.
import { openFile } from "#planner/io/modes.ts";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import { durationMs } from "#shared/duration.ts";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { ownValue } from "#shared/own-value.ts";
import { parsedJson, textAt } from "#shared/json-fields.ts";
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { durationBetween } from "#shared/schema/words/words.ts";
import { deliveryNamespace } from "#shared/sealed/delivery-secret.ts";
import { indexFileName, parseIndex, sealedFileName } from "#shared/sealed/sealed-index.ts";
import { nearest } from "#shared/nearest.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import { deliverySecret, secretRequest } from "#planner/deliver/delivery-secret.ts";
import type { SealedFile } from "#planner/deliver/delivery-secret.ts";
import { outcomeOf } from "#planner/deliver/outcome-text.ts";
import type { Effects, ProgramEffects } from "#planner/effects.ts";
import type { ApiAccess } from "#planner/io/https-api.ts";
import { sealingDirectory } from "#planner/pki/sealing-keys.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import { parseState, stateFileName } from "#planner/state/planner-state.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import { admin, issue, serverOf } from "./admin-access.ts";
import { checkOwnFile } from "./own-file.ts";
import type { Options } from "./parse-options.ts";

const defaultWait = "10m";
const comment = "Sealed host config";
/** Of a certificate that nobody keeps; longer than any wait. */
const certificateLife = "24h";
const Wait = durationBetween("0s", "12h");
const lookEveryMs = 2000;

/** Throws INTERNAL_USAGE, CONFIG_*, PKI_*, FILES_*, and KUBERNETES_* where a Secret cannot be written. */
export async function deliverCommand(options: Options, effects: ProgramEffects): Promise<number> {
  const waitMs = waitOf(options.wait ?? defaultWait);
  for (const each of ["wait", "server"] as const)
    if (options.out !== undefined && options[each] !== undefined)
      throw usage(`--${each}`, "with --out no API is asked");
  const file = options.config ?? "cluster.yaml";
  const opened = await openCluster({ ...options, file, out: undefined }, effects);
  const { problems, config } = opened.loaded;
  if (problems.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems });
  const cluster = clusterOf(config, { inputs: new Map(), bootstrapped: false });
  const server = serverOf(cluster, { ...options, file });
  const files = await sealedFiles(namesOf(cluster, options), opened, effects);
  await checkNewest(files, opened, effects);
  if (options.out !== undefined) return writeAll(files, options.out, effects);
  const identity = { ...admin, life: certificateLife };
  const { ca, certificate, key } = await issue(cluster, identity, { directory: opened.directories.pki, effects });
  const access = { server, ca, certificate, key: key.reveal() };
  for (const each of files) await deliver(each, access, effects);
  return waitMs === 0 ? exitCodes.ok : waitForAll(files, access, { effects, waitMs });
}

function waitOf(wait: string): number {
  const fault = faultOfWord(Wait, wait);
  if (fault !== undefined) throw usage("--wait", `not a duration such as 90s or 10m: ${fault}`);
  return durationMs(wait);
}

function namesOf({ config, kubernetes }: Cluster, { names = [] }: Options): readonly string[] {
  const nodes = [...(kubernetes?.nodes.keys() ?? [])];
  const hosts = Object.keys(config.hosts);
  const stranger = names.find((name) => !hosts.includes(name));
  if (stranger !== undefined) {
    const near = nearest(stranger, hosts);
    const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
    throw usage(stranger, `no host of the cluster config${meant}; another config is said by --config`);
  }
  const other = names.find((name) => !nodes.includes(name));
  if (other !== undefined) throw usage(other, "not a host with a kubelet: bring it its file by another way");
  return (names.length === 0 ? nodes : [...new Set(names)]).toSorted();
}

async function sealedFiles(
  names: readonly string[],
  { directories }: OpenedCluster,
  { files }: Effects,
): Promise<readonly SealedFile[]> {
  const found = await files.readFile(join(directories.pki, sealingDirectory, indexFileName));
  const index = parseIndex(found && Buffer.from(found.bytes).toString("utf8"));
  const sealed: SealedFile[] = [];
  for (const host of names) {
    const path = join(directories.sealed, sealedFileName(host));
    const entry = index.get(host);
    const bytes = (await files.readFile(path))?.bytes;
    if (entry === undefined || bytes === undefined)
      throw unreadable(path, "it is not there; run flexkube-planner split --seal first");
    if (createHash("sha256").update(bytes).digest("hex") !== entry.file)
      throw unreadable(path, "it is not what the last split has sealed; split again");
    sealed.push({ host, generation: entry.generation, bytes });
  }
  return sealed;
}

/** A split that was cut short, and one without sealing, leave the sealed files of the one before. */
async function checkNewest(
  sealed: readonly SealedFile[],
  { loaded, directories }: OpenedCluster,
  { files }: Effects,
): Promise<void> {
  const file = join(directories.pki, stateFileName);
  const found = await files.readFile(file);
  if (found === undefined) return;
  const text = Buffer.from(found.bytes).toString("utf8");
  const { hosts } = parseState(text, { file, cluster: loaded.config.name });
  for (const { host, generation } of sealed) {
    const last = ownValue(hosts, host)?.generation ?? generation;
    if (last !== generation)
      throw unreadable(
        join(directories.sealed, sealedFileName(host)),
        `it is of generation ${generation}, and the last split made ${last}; split again, with --seal if sealing was ended`,
      );
  }
}

async function writeAll(sealed: readonly SealedFile[], out: string, { files, print }: Effects): Promise<number> {
  const pathOf = (host: string): string => join(out, `${host}.yaml`);
  // such as the host configs, which have the same names
  for (const { host } of sealed)
    await checkOwnFile(pathOf(host), { begin: `# ${comment}`, hint: "name another directory" }, { files });
  await files.makeDirectory(out, 0o755);
  for (const each of sealed) {
    const path = pathOf(each.host);
    const text = renderDocument(`${comment} of ${each.host}`, deliverySecret(each));
    await files.writeFileAtomic(path, Buffer.from(text), openFile);
    print(`${path}: generation ${each.generation}\n`);
  }
  return exitCodes.ok;
}

async function deliver(
  file: SealedFile,
  access: ApiAccess,
  { askApi, print }: Pick<ProgramEffects, "askApi" | "print">,
): Promise<void> {
  const path = secretRequest(file.host);
  const { status, body } = await askApi(access, { method: "PATCH", path, apply: deliverySecret(file) });
  if (status < 200 || status > 299) throw refusedBy(status, body);
  print(`${file.host}: generation ${file.generation} delivered\n`);
}

function refusedBy(status: number, body: string): FlexkubeError {
  const call = `apply a Secret in ${deliveryNamespace}`;
  if (status === 404)
    return new FlexkubeError("KUBERNETES_NOT_FOUND", "the Kubernetes API knows no such thing", {
      call,
      reason: `there is no namespace ${deliveryNamespace}: agents make it once they have a config of a split with --seal`,
    });
  // a load balancer answers with a page
  const reason = textAt(parsedJson(body), "message").slice(0, 1000) || `HTTP status ${status}`;
  return new FlexkubeError("KUBERNETES_REFUSED", "the Kubernetes API refuses the request", { call, status, reason });
}

type Waiting = { readonly effects: ProgramEffects; readonly waitMs: number };

async function waitForAll(
  sealed: readonly SealedFile[],
  access: ApiAccess,
  { effects, waitMs }: Waiting,
): Promise<number> {
  const { clock, print, printError } = effects;
  const end = clock.now() + waitMs;
  const open = new Map(sealed.map((each) => [each.host, each.generation]));
  let isGood = true;
  for (;;) {
    for (const [host, generation] of open) {
      const outcome = outcomeOf(generation, await annotationAt(host, access, effects));
      if (outcome !== undefined) {
        open.delete(host);
        isGood &&= outcome.isGood;
        print(`${host}: ${outcome.text}\n`);
      }
      // an API that is away takes its time for each
      if (clock.now() >= end) break;
    }
    if (open.size === 0) return isGood ? exitCodes.ok : exitCodes.step;
    if (clock.now() >= end) break;
    await clock.sleep(lookEveryMs);
  }
  for (const [host, generation] of open)
    printError(`${host}: generation ${generation} has not been acknowledged: does its agent run?\n`);
  return exitCodes.step;
}

/** An API that is away for a moment, as when its servers are changed by what was delivered, is asked again. */
async function annotationAt(
  host: string,
  access: ApiAccess,
  { askApi }: Pick<ProgramEffects, "askApi">,
): Promise<string | undefined> {
  try {
    const path = `/api/v1/nodes/${encodeURIComponent(host)}`;
    const { status, body } = await askApi(access, { method: "GET", path });
    const told = textAt(parsedJson(body), "metadata", "annotations", deliveredAnnotation);
    return status === 200 && told !== "" ? told : undefined;
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_UNREACHABLE")) return undefined;
    throw error;
  }
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("CONFIG_UNREADABLE", "the sealed host config cannot be read", { file, reason });
}
