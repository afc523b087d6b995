// What flexkube_user_data is asked: its attributes, what is wrong with them, and what of them a boot document is made of. Pure.
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { Name as HostName } from "#shared/schema/words/words.ts";
import { isSealed } from "#shared/sealed/envelope.ts";
import { version } from "#shared/version.ts";
import { agentOptionFaults, imageFault } from "#planner/boot/agent-words.ts";
import type { BootFormat, BootHost, BootWish } from "#planner/boot/boot-files.ts";
import { hostFileFault } from "#planner/boot/host-file-fault.ts";
import { hostConfigPath, identityPath } from "#planner/boot/host-paths.ts";
import type { WebPlaces } from "#planner/boot/web-places.ts";
import { identityFault, notWithWeb, readAuthorities, readSigners, webUrlFault } from "#planner/boot/web-words.ts";
import type { Attributes, Row } from "#planner/terraform/wire/attributes.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import { unknown } from "#planner/terraform/wire/value.ts";

export const userDataAttributes = {
  host: { type: "string", from: "required", description: "The host's name in the cluster config." },
  host_config: {
    type: "string",
    from: "optional",
    isSensitive: true,
    description:
      "What becomes /etc/flexkube/host.yaml: the host's text of flexkube_cluster, or a sealed one in age's armor.",
  },
  host_config_base64: {
    type: "string",
    from: "optional",
    description: "The same of a sealed one as it lies in sealed/, by filebase64.",
  },
  config_urls: {
    type: "strings",
    from: "optional",
    description:
      "Web servers that the agent asks for its sealed host config, such as https://configs.example.org/{host}.age.",
  },
  config_signers: {
    type: "string",
    from: "optional",
    description: "With config_urls: whom the host believes, the text of pki/delivery/signer.pub.",
  },
  config_ca: {
    type: "string",
    from: "optional",
    description:
      "With config_urls: certificates (PEM) of who may have signed the servers'; those that the host believes when unset.",
  },
  identity: {
    type: "string",
    from: "optional",
    isSensitive: true,
    description:
      "With config_urls: the host's key, the text of pki/delivery/hosts/<host>.key; when unset, the host makes its own.",
  },
  format: { type: "string", from: "optional", description: "cloud-init (when unset), ignition or script." },
  image: {
    type: "string",
    from: "optional",
    description: "The agent's image; flexkube-agent of this version when unset.",
  },
  agent_options: {
    type: "strings",
    from: "optional",
    description: "Further options of flexkube-agent run, such as --log-level=debug.",
  },
  max_bytes: {
    type: "number",
    from: "optional",
    description:
      "Refuses a document that a provider would not take, such as 16384 on AWS: rendered, or packed where it can be.",
  },
  rendered: { type: "string", from: "computed", isSensitive: true, description: "The document." },
  gzip_base64: {
    type: "string",
    from: "computed",
    isSensitive: true,
    description: "The same packed with gzip, in base64, as cloud-init takes it; null for ignition.",
  },
} as const satisfies Attributes;

const formats = ["cloud-init", "ignition", "script"] as const satisfies readonly BootFormat[];
const defaultFormat = "cloud-init";

export type UserDataRow = Row<typeof userDataAttributes>;
type Name = keyof UserDataRow;

/** Whether something that a person says is not known yet. */
export function isUnknownYet(row: UserDataRow): boolean {
  return Object.entries(userDataAttributes).some(
    ([name, { from }]) => from !== "computed" && row[name as Name] === unknown,
  );
}

/** Of a row that has no problems, and in which all is known. */
export function bootOf(row: UserDataRow): { readonly boot: BootHost; readonly wish: BootWish } {
  const sealed = textOf(row.host_config_base64);
  const payload = sealed === undefined ? textOf(row.host_config) : Buffer.from(sealed, "base64");
  const key = textOf(row.identity);
  const files = [
    ...(payload === undefined ? [] : [{ path: hostConfigPath, bytes: Buffer.from(payload) }]),
    ...(key === undefined ? [] : [{ path: identityPath, bytes: Buffer.from(key) }]),
  ];
  const agent = { image: textOf(row.image) ?? `flexkube-agent:${version}`, options: listOf(row.agent_options) };
  const format = formats.find((each) => each === row.format) ?? defaultFormat;
  return { boot: { name: String(row.host), files }, wish: { format, agent, web: webOf(row), packing: "none" } };
}

function webOf({
  config_urls: urls,
  config_signers: signers,
  config_ca: authorities,
}: UserDataRow): WebPlaces | undefined {
  if (urls === null || urls === unknown) return undefined;
  const ca = textOf(authorities);
  return {
    urls,
    signers: readSigners(textOf(signers) ?? "").value ?? [],
    authorities: ca === undefined ? undefined : readAuthorities(ca).value,
  };
}

/** What is not known yet is not judged. */
export function problemsOf(row: UserDataRow): readonly Diagnostic[] {
  const { host, format, image, agent_options: options, max_bytes: limit } = row;
  const isFormat = format === null || format === unknown || formats.some((each) => each === format);
  const isLimit = typeof limit !== "number" || (Number.isSafeInteger(limit) && limit > 0);
  return [
    ...at("host", typeof host === "string" ? faultOfWord(HostName, host) : undefined),
    ...(isFormat ? [] : [errorAt("format", `unknown format ${format}`, `Known are ${formats.join(", ")}.`)]),
    ...at("image", typeof image === "string" ? imageFault(image) : undefined),
    ...agentOptionFaults(listOf(options), textOf(format)).flatMap((fault) => at("agent_options", fault)),
    ...at("max_bytes", isLimit ? undefined : "not a number of bytes"),
    ...payloadProblems(row),
    ...(row.config_urls === null ? withoutWebProblems(row) : webProblems(row)),
  ];
}

function payloadProblems({ host, host_config: plain, host_config_base64: packed, config_urls: urls }: UserDataRow) {
  const isMissing = plain === null && packed === null && urls === null;
  const isOf = typeof host === "string";
  const unsealed = "it is not sealed, and what a web server brings is";
  const isPlain = urls !== null && typeof plain === "string" && plain !== "" && !isSealed(plain);
  return [
    ...(isMissing
      ? [errorAt("host_config", "it is missing", "Give the host's config, or config_urls of web servers that have it.")]
      : []),
    ...at("host_config", plain === "" ? "it is empty" : isPlain ? unsealed : undefined),
    ...at("host_config", isOf && typeof plain === "string" ? hostFileFault(host, Buffer.from(plain)) : undefined),
    ...at("host_config_base64", typeof packed === "string" ? packedFault(packed) : undefined),
    ...at("host_config_base64", plain !== null && packed !== null ? "host_config is there too" : undefined),
  ];
}

/** What is not sealed would be a secret in a place that does not hide it. */
function packedFault(text: string): string | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text.trim()) return "it is no base64";
  return isSealed(bytes) ? undefined : "it is not sealed: give a host config that holds keys as host_config";
}

const ofWeb = ["config_signers", "config_ca", "identity"] as const satisfies readonly Name[];

function withoutWebProblems(row: UserDataRow): readonly Diagnostic[] {
  return ofWeb.flatMap((name) => at(name, row[name] === null ? undefined : "it is for hosts that have config_urls"));
}

function webProblems(row: UserDataRow): readonly Diagnostic[] {
  const { config_urls: urls, config_signers: signers, config_ca: authorities, identity } = row;
  const unfit = listOf(row.agent_options).flatMap((option) => notWithWeb(option) ?? []);
  const need = "Give the text of pki/delivery/signer.pub, which flexkube-planner split --seal has made.";
  return [
    ...at("config_urls", urls !== unknown && urls?.length === 0 ? "it is empty" : undefined),
    ...listOf(urls).flatMap((url) => at("config_urls", expected(webUrlFault(url)))),
    ...(signers === null ? [errorAt("config_signers", "it is not said whom the host believes", need)] : []),
    ...at("config_signers", typeof signers === "string" ? readSigners(signers).fault : undefined),
    ...at("config_ca", typeof authorities === "string" ? readAuthorities(authorities).fault : undefined),
    ...at("identity", typeof identity === "string" ? identityFault(identity) : undefined),
    ...unfit.flatMap((name) => at("agent_options", `${name} does not go with config_urls`)),
  ];
}

function expected(words: string | undefined): string | undefined {
  return words === undefined ? undefined : `expected ${words}`;
}

function at(name: Name, fault: string | undefined): readonly Diagnostic[] {
  return fault === undefined ? [] : [errorAt(name, fault)];
}

function textOf(value: UserDataRow["host_config"]): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function listOf(value: UserDataRow["agent_options"]): readonly string[] {
  return value === null || value === unknown ? [] : value;
}
