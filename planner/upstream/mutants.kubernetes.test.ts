// Mutated configs that the planner accepts: what it writes for them, the programs of Kubernetes and etcd read. Each program ends
// after it has read its flags and its document. FLEXKUBE_SEED repeats a run; a mutant that a program refuses is printed.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { labImages } from "#lab/images.ts";
import { kubernetesImages } from "#lab/kubernetes-images.ts";
import { programOf } from "#lab/program.ts";
import { tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "../cli/testing/fake-machine.ts";
import type { Program } from "../kubernetes/flag-tables.ts";
import { etcdFlags, kubernetesFlags } from "./flag-table.ts";

const wanted = 200;
const seed = Number(process.env["FLEXKUBE_SEED"] ?? 9);

/** Whole numbers below `limit`, the same for the same seed. */
function randomOf(start: number): (limit: number) => number {
  let state = start;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const random = randomOf(seed);

function pick(list: readonly string[]): string {
  return list[random(list.length)] ?? "";
}

/** Good and bad of each kind. */
const values: Readonly<Record<string, readonly string[]>> = {
  bool: ["true", "false", "yes", "1"],
  int: ["1", "20", "-3", "1.5", "ten"],
  int32: ["1", "20", "99999999999", "ten"],
  uint: ["1", "20", "-3", "1s"],
  float: ["0.5", "1", "half"],
  float32: ["0.5", "20", "half"],
  duration: ["10s", "1h30m", "10", "1d", "500ms"],
  quantity: ["100Mi", "1", "many"],
  ip: ["10.0.0.9", "fd00::9", "host"],
  mapStringBool: ["", "A=yes"],
  stringToString: ["a=b", "a"],
  strings: ["a,b", ""],
  string: ["a", ""],
};

function flagLine(flags: Readonly<Record<string, string>>): readonly [string, string] {
  const known = Object.keys(flags).filter((flag) => !["feature-gates", "vmodule"].includes(flag));
  const flag = pick(known);
  const spelt = random(12) === 0 ? flag.slice(0, -1) : flag;
  return [spelt, pick(values[flags[flag] ?? ""] ?? ["a"])];
}

function argsOf(program: Program): string {
  const [flag, value] = flagLine(kubernetesFlags(program));
  return `{ ${flag}: ${JSON.stringify(value)} }`;
}

const kubeletFields = [
  "maxPods: 60",
  "maxPods: many",
  "podsPerCore: 2",
  "syncFrequency: 1m",
  "syncFrequency: 60",
  "seccompDefault: true",
];
const moreKubelet = [
  "imageGCHighThresholdPercent: 90",
  "serializeImagePulls: maybe",
  "evictionHard: { memory.available: 100Mi }",
  "kubeReserved: { cpu: 200m }",
  "kubeReserved: { cpu: 1 }",
  "cpuManagerPolicy: none",
  "shutdownGracePeriod: 30s",
  "containerLogMaxSize: 20Mi",
  "maxPod: 3",
  "logging: { format: json }",
];
const schedulerFields = [
  "parallelism: 8",
  "parallelism: x",
  "podInitialBackoffSeconds: 2",
  "percentageOfNodesToScore: 50",
  "profiles: [{ schedulerName: a, pluginConfig: [{ name: NodeAffinity, args: { addedAffinity: {} } }] }]",
  "extender: []",
];
const proxyFields = [
  "metricsBindAddress: '127.0.0.1:10249'",
  "iptables: { syncPeriod: 30s }",
  "iptables: { syncPeriod: 30 }",
  "conntrack: { maxPerCore: 0 }",
  "bindAddressHardFail: true",
  "logging: { verbosity: 2 }",
  "logging: { verbosity: two }",
];
const audits = [
  "{ rules: [{ level: Metadata }] }",
  "{ rules: [{ level: meta }] }",
  "{ rules: [] }",
  "{ omitManagedFields: true, rules: [{ level: Request, verbs: [get] }] }",
];

function mutant(): string {
  const parts = { etcd: "", apiserver: "", controllerManager: "", scheduler: "", kubelet: "", proxy: "", audit: "" };
  const mutations: readonly (() => void)[] = [
    () => void (parts.etcd = `, extraArgs: ["--${flagLine(etcdFlags("3.6") ?? {}).join("=")}"]`),
    () => void (parts.apiserver = `args: ${argsOf("apiserver")}`),
    () => void (parts.controllerManager = `args: ${argsOf("controllerManager")}`),
    () =>
      void (parts.scheduler =
        random(2) === 0 ? `args: ${argsOf("scheduler")}` : `config: { ${pick(schedulerFields)} }`),
    () =>
      void (parts.kubelet = `, config: { ${pick([...kubeletFields, ...moreKubelet])} }, args: ${argsOf("kubelet")}`),
    () => void (parts.proxy = `, config: { ${pick(proxyFields)} }`),
    () => void (parts.audit = `, audit: { policy: ${pick(audits)} }`),
  ];
  for (let left = 1 + random(2); left > 0; left -= 1) mutations[random(mutations.length)]?.();
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 } }
kubernetes: { version: 1.36.3 }
etcd: { hosts: h1 ${parts.etcd} }
controlPlane:
  { hosts: h1, apiserver: { ${parts.apiserver} }, controllerManager: { ${parts.controllerManager} }, scheduler: { ${parts.scheduler} } ${parts.audit} }
kubelets: { all: { hosts: all ${parts.kubelet} } }
network: { proxy: { enabled: true ${parts.proxy} } }
`;
}

type Documented = { readonly program: string; readonly args: readonly string[]; readonly document: object | undefined };

function flagsOf(args: Readonly<Record<string, string | readonly string[]>>): readonly string[] {
  return Object.entries(args).flatMap(([flag, value]) => [value].flat().map((each) => `--${flag}=${each}`));
}

function programsOf(host: HostConfig): readonly Documented[] {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, kubelet, kubeProxy } = host;
  assert.ok(etcd && kubeApiserver && kubeControllerManager && kubeScheduler && kubelet && kubeProxy);
  return [
    { program: "etcd", args: etcd.extraArgs, document: undefined },
    { program: "kube-apiserver", args: flagsOf(kubeApiserver.args), document: kubeApiserver.auditPolicy },
    { program: "kube-controller-manager", args: flagsOf(kubeControllerManager.args), document: undefined },
    { program: "kube-scheduler", args: flagsOf(kubeScheduler.args), document: kubeScheduler.config },
    { program: "kubelet", args: flagsOf(kubelet.args), document: { ...kubelet.config, failCgroupV1: false } },
    { program: "kube-proxy", args: flagsOf(kubeProxy.args), document: kubeProxy.config },
  ];
}

describe(`mutated configs, seed ${seed}`, { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let directory: string;
  const programs = new Map<string, string>();
  const answers = new Map<string, string>();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "flexkube-mutants-"));
    const { byName } = await kubernetesImages();
    for (const name of [
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubelet",
      "kube-proxy",
    ] as const)
      programs.set(name, await programOf(byName[name], `usr/local/bin/${name}`, directory));
    programs.set("etcd", await programOf((await labImages("etcd36")).etcd36, "usr/local/bin/etcd", directory));
  });
  after(async () => rm(directory, { recursive: true, force: true }));

  /** What a program says against its flags and its document; empty when it reads both. */
  async function refusal({ program, args, document }: Documented): Promise<string> {
    const path = programs.get(program) ?? "";
    if (program === "etcd") {
      const { stderr, stdout } = await tryCommand([path, ...args, "--no-such-flag"]);
      const [said = ""] = `${stdout}${stderr}`.split("\n");
      return said.includes("no-such-flag") ? "" : said;
    }
    const flags = await tryCommand([path, ...args, "--help"]);
    if (flags.exitCode !== 0) return flags.stderr.slice(0, 500);
    if (document === undefined) return "";
    const file = join(directory, `${program}.json`);
    await writeFile(file, JSON.stringify(document));
    const ends: Readonly<Record<string, readonly string[]>> = {
      "kube-apiserver": [
        `--audit-policy-file=${file}`,
        "--audit-log-path=-",
        "--etcd-servers=http://127.0.0.1:1",
        `--cert-dir=${directory}`,
        "--encryption-provider-config=/nowhere",
      ],
      kubelet: [`--config=${file}`, "--kubeconfig=/nowhere", `--root-dir=${directory}/kubelet`],
    };
    const read = await tryCommand([path, ...(ends[program] ?? [`--config=${file}`, `--write-config-to=${file}.out`])]);
    const said = /failed to (load|validate)|loading audit policy|strict decoding|Invalid value|unable to decode/i.exec(
      read.stderr,
    );
    // the last it needs is a way to the API, after it has read its document
    const isRead =
      ends[program] !== undefined || read.exitCode === 0 || read.stderr.includes("no configuration has been provided");
    return !isRead || said !== null ? read.stderr.slice(-600) : "";
  }

  test(`${wanted} that the planner accepts are read by the programs`, async () => {
    const machine = fakeMachine("");
    const refused: string[] = [];
    let accepted = 0;
    let tried = 0;
    for (; accepted < wanted; tried += 1) {
      const text = mutant();
      machine.put("cluster.yaml", text);
      const { code } = await machine.run("split");
      if (code !== 0) continue;
      accepted += 1;
      const host = machine.hosts()["h1"];
      assert.ok(host);
      for (const each of programsOf(host)) {
        const key = JSON.stringify(each);
        const said = answers.get(key) ?? (await refusal(each));
        if (said !== "" && !answers.has(key)) refused.push(`${each.program}: ${said}\n${text}`);
        answers.set(key, said);
      }
    }

    assert.ok(tried > accepted, "some mutants are refused by the planner");
    assert.deepEqual(refused, []);
  });
});
