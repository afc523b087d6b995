// Mutated configs that the planner accepts: what it writes for them, the programs of Kubernetes and etcd take. Each is started as far as
// it gets without a cluster, the API server until it serves; before a release more of them. FLEXKUBE_SEED repeats a run; a mutant that a
// program refuses is printed.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { sampled } from "#lab/sampled.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import { etcdFlags, kubernetesFlags } from "./flag-table.ts";
import { startAskedPrograms } from "#lab/asked-programs.ts";
import type { AskedPrograms, Question } from "#lab/asked-programs.ts";
import { fieldsFor, fieldValue, flagValues } from "./testing/mutant-values.ts";

const [wanted = 40] = sampled([200], [40]);
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

function pick<T>(list: readonly T[]): T {
  const one = list[random(list.length)];
  assert.ok(one !== undefined);
  return one;
}

/** They name files, which no image of the lab has, or end a program. */
const unasked = /file|manifest|config|^cert-dir|socket|master|^help|^version|^emulated|^min-compat|mounter/;

function flagLine(flags: Readonly<Record<string, string>>): readonly [string, string] {
  const flag = pick(Object.keys(flags).filter((each) => !unasked.test(each)));
  const spelt = random(12) === 0 ? flag.slice(0, -1) : flag;
  return [spelt, pick(flagValues[flags[flag] ?? ""] ?? ["a"])];
}

function argsOf(program: Program): object {
  return { args: Object.fromEntries([flagLine(kubernetesFlags(program, 37))]) };
}

function auditPolicy(): object {
  const rule = {
    level: pick(["None", "Metadata", "Request", "meta", ""]),
    ...fieldsFor("audit/v1.PolicyRule", random),
  };
  return { audit: { policy: { rules: pick([[], [rule], [rule, { level: "Metadata" }]]) } } };
}

function admission(): object {
  const limits = fieldValue("[]#eventratelimit/v1alpha1.Limit", random);
  const plugins = [
    {
      name: "PodSecurity",
      configuration: {
        apiVersion: "pod-security.admission.config.k8s.io/v1",
        kind: "PodSecurityConfiguration",
        ...fieldsFor("api/v1.PodSecurityConfiguration", random),
      },
    },
    {
      name: "EventRateLimit",
      configuration: { apiVersion: "eventratelimit.admission.k8s.io/v1alpha1", kind: "Configuration", limits },
    },
  ];
  return { args: { "enable-admission-plugins": "EventRateLimit" }, admission: { plugins: [pick(plugins)] } };
}

/** Expressions are read by API servers alone. */
function authentication(): object {
  const issuer = {
    url: "https://a.example.org",
    audiences: ["a"],
    ...pick([{}, fieldsFor("apiserver/v1.Issuer", random)]),
  };
  const username = pick([{ claim: "sub", prefix: "" }, { claim: "sub" }, { prefix: "a" }, {}]);
  return { authentication: { jwt: [{ issuer, claimMappings: { username } }] } };
}

function encryption(): object {
  const names = [
    "secrets",
    "configmaps",
    "Secrets",
    "deployments.apps",
    "*.*",
    "*.apps",
    "secret",
    "widgets.example.org",
    "",
  ];
  return { encryption: { resources: Array.from({ length: random(3) }, () => pick(names)) } };
}

type Sections = Record<
  "etcd" | "control" | "apiserver" | "controllerManager" | "scheduler" | "kubelet" | "proxy",
  object
>;

function mutant(): string {
  const parts: Sections = {
    etcd: {},
    control: {},
    apiserver: {},
    controllerManager: {},
    scheduler: {},
    kubelet: {},
    proxy: {},
  };
  const mutations: readonly (() => void)[] = [
    () => void (parts.etcd = { extraArgs: [`--${flagLine(etcdFlags("3.7") ?? {}).join("=")}`] }),
    () => void (parts.apiserver = argsOf("apiserver")),
    () => void (parts.apiserver = pick([admission, authentication])()),
    () => void (parts.control = pick([auditPolicy, encryption])()),
    () => void (parts.controllerManager = argsOf("controllerManager")),
    () => void (parts.scheduler = argsOf("scheduler")),
    () => void (parts.scheduler = { config: fieldsFor("config/v1.KubeSchedulerConfiguration", random) }),
    () => void (parts.kubelet = { config: fieldsFor("config/v1beta1.KubeletConfiguration", random) }),
    () => void (parts.kubelet = argsOf("kubelet")),
    () => void (parts.proxy = { config: fieldsFor("config/v1alpha1.KubeProxyConfiguration", random) }),
  ];
  for (let left = 1 + random(2); left > 0; left -= 1) pick(mutations)();
  const { apiserver, control, controllerManager, etcd, kubelet, proxy, scheduler } = parts;
  return JSON.stringify({
    apiVersion: "flexkube/v1alpha1",
    kind: "Cluster",
    name: "demo",
    hosts: { h1: { address: "10.0.0.1" } },
    kubernetes: { version: "1.37.2" },
    etcd: { hosts: "h1", version: "3.7.3", ...etcd },
    controlPlane: { hosts: "h1", ...control, apiserver, controllerManager, scheduler },
    kubelets: { all: { hosts: "all", ...kubelet } },
    network: { proxy: { enabled: true, ...proxy } },
  });
}

function flagsOf(args: Readonly<Record<string, string | readonly string[]>>): readonly string[] {
  return Object.entries(args).flatMap(([flag, value]) => [value].flat().map((each) => `--${flag}=${each}`));
}

/** What a host's programs are given; the keys of encryption differ from run to run, its resources do not. */
function questionsOf(host: HostConfig): readonly Question[] {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, kubelet, kubeProxy } = host;
  assert.ok(etcd && kubeApiserver && kubeControllerManager && kubeScheduler && kubelet && kubeProxy);
  const config = (document: object): Readonly<Record<string, string>> => ({ config: JSON.stringify(document) });
  const encrypted = host.secrets[kubeApiserver.encryption ?? ""];
  return [
    { program: "etcd", args: etcd.extraArgs, documents: {} },
    {
      program: "kube-apiserver",
      args: flagsOf(kubeApiserver.args),
      documents: {
        "audit-policy-file": JSON.stringify(kubeApiserver.auditPolicy),
        "admission-control-config-file": JSON.stringify(kubeApiserver.admission),
        "authentication-config": JSON.stringify(kubeApiserver.authentication),
        ...(encrypted === undefined ? {} : { "encryption-provider-config": encrypted }),
      },
    },
    { program: "kube-controller-manager", args: flagsOf(kubeControllerManager.args), documents: {} },
    {
      program: "kube-scheduler",
      args: flagsOf(kubeScheduler.args),
      documents: config({ ...kubeScheduler.config, clientConnection: { kubeconfig: "KUBECONFIG" } }),
    },
    {
      program: "kubelet",
      // the machine of a test may have what a host may not
      args: flagsOf(kubelet.args).filter((flag) => !flag.startsWith("--fail-cgroupv1=")),
      documents: config({ ...kubelet.config, failCgroupV1: false, containerRuntimeEndpoint: "unix:///nowhere" }),
    },
    { program: "kube-proxy", args: flagsOf(kubeProxy.args), documents: config(kubeProxy.config) },
  ];
}

describe(`mutated configs, seed ${seed}`, { skip: skipWithoutLab(), timeout: 3_600_000 }, () => {
  let directory: string;
  let programs: AskedPrograms;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "flexkube-mutants-"));
    programs = await startAskedPrograms(directory);
  });
  after(async () => {
    await programs.end();
    await rm(directory, { recursive: true, force: true });
  });

  test(`${wanted} that the planner accepts are taken by the programs`, async () => {
    const machine = fakeMachine("");
    const refused: string[] = [];
    const answered = new Set<string>();
    let [accepted, tried, served] = [0, 0, 0];
    for (; accepted < wanted; tried += 1) {
      const text = mutant();
      machine.put("cluster.yaml", text);
      const { code } = await machine.run("split");
      assert.ok(code === 0 || code === 65, `${code}: ${text}`);
      if (code !== 0) continue;
      accepted += 1;
      const host = machine.hosts()["h1"];
      assert.ok(host);
      for (const question of questionsOf(host)) {
        const key = JSON.stringify(question);
        if (answered.has(key)) continue;
        answered.add(key);
        const said = await programs.refusal(question);
        if (said !== "") refused.push(`${question.program}: ${said}\n${text}`);
        served += question.program === "kube-apiserver" ? 1 : 0;
      }
    }

    assert.ok(tried > accepted, "some mutants are refused by the planner");
    assert.ok(served > wanted / 10, `${served} different API servers`);
    assert.deepEqual(refused, []);
  });
});
