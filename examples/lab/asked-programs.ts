// Programs of Kubernetes and etcd that are asked whether they take flags and documents: each is started with them as far as it
// gets without a cluster. The API server serves, on an etcd of its own.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { etcdRefusal } from "#lab/etcd-start.ts";
import { freePort } from "#lab/free-port.ts";
import { labImages } from "#lab/images.ts";
import { kubernetesImages } from "#lab/kubernetes-images.ts";
import { programOf } from "#lab/program.ts";

export type Question = {
  readonly program: string;
  readonly args: readonly string[];
  /** Files by the flag that names them. */
  readonly documents: Readonly<Record<string, string>>;
};

export type AskedPrograms = {
  /** What the program says against them; empty when it takes all. */
  readonly refusal: (question: Question) => Promise<string>;
  /** Resolves when nothing is written into the directory any more. */
  readonly end: () => Promise<void>;
};

const deadlineMs = 60_000;
const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:1" } }],
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
  "current-context": "a",
  users: [{ name: "a", user: {} }],
});

/** Everything is kept in `directory`, which the caller removes. */
export async function startAskedPrograms(directory: string): Promise<AskedPrograms> {
  const { byName } = await kubernetesImages();
  const paths = new Map<string, string>();
  for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"] as const)
    paths.set(name, await programOf(byName[name], `usr/local/bin/${name}`, directory));
  const etcd = await programOf((await labImages("etcd37")).etcd37, "usr/local/bin/etcd", directory);
  const [clients, peers, serving] = [await freePort(), await freePort(), await freePort()];
  const urls = { client: `http://127.0.0.1:${clients}`, peer: `http://127.0.0.1:${peers}` };
  const member = startEtcd(etcd, directory, urls);
  const ended = once(member, "exit");
  await writeIdentities(directory);
  const own = ownArguments(directory, urls.client, serving);
  return {
    refusal: async ({ program, args, documents }) => {
      if (program === "etcd") return args.length === 0 ? "" : etcdRefusal(etcd, args, directory);
      const files: string[] = [];
      for (const [flag, text] of Object.entries(documents)) {
        const file = join(directory, `${program}-${flag}`);
        await writeFile(file, text.replace('"KUBECONFIG"', JSON.stringify(join(directory, "kubeconfig"))));
        files.push(`--${flag}=${file}`);
      }
      const command = [paths.get(program) ?? "", ...args, ...files, ...(own.get(program) ?? [])];
      return reached(program, command);
    },
    end: async () => {
      member.kill("SIGKILL");
      await ended;
    },
  };
}

type Urls = { readonly client: string; readonly peer: string };

function startEtcd(etcd: string, directory: string, urls: Urls): ChildProcess {
  return spawn(
    etcd,
    [
      `--data-dir=${directory}/etcd`,
      `--listen-client-urls=${urls.client}`,
      `--advertise-client-urls=${urls.client}`,
      `--listen-peer-urls=${urls.peer}`,
      `--initial-advertise-peer-urls=${urls.peer}`,
      `--initial-cluster=default=${urls.peer}`,
      "--unsafe-no-fsync",
    ],
    { stdio: "ignore" },
  );
}

async function writeIdentities(directory: string): Promise<void> {
  const keys = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await writeFile(join(directory, "sa.key"), keys.privateKey);
  await writeFile(join(directory, "sa.pub"), keys.publicKey);
  await writeFile(join(directory, "kubeconfig"), kubeconfig);
}

/** Flags by which a program starts here. */
function ownArguments(directory: string, etcdUrl: string, serving: number): ReadonlyMap<string, readonly string[]> {
  return new Map<string, readonly string[]>([
    [
      "kube-apiserver",
      [
        `--etcd-servers=${etcdUrl}`,
        "--audit-log-path=-",
        `--cert-dir=${directory}/certificates`,
        `--service-account-key-file=${directory}/sa.pub`,
        `--service-account-signing-key-file=${directory}/sa.key`,
        `--secure-port=${serving}`,
        "--bind-address=127.0.0.1",
      ],
    ],
    ["kube-controller-manager", ["--kubeconfig=/nowhere/kubeconfig"]],
    ["kube-scheduler", ["--authentication-skip-lookup", `--write-config-to=${directory}/written`, "--secure-port=0"]],
    ["kubelet", ["--kubeconfig=/nowhere/kubeconfig", `--root-dir=${directory}/kubelet`]],
    ["kube-proxy", [`--write-config-to=${directory}/written`]],
  ]);
}

/** Words by which a program shows that it has read everything. */
const marks: Readonly<Record<string, RegExp>> = {
  "kube-apiserver": /Serving securely on/,
  "kube-controller-manager": /stat \/nowhere\/kubeconfig/,
  "kube-scheduler": /Wrote configuration/,
  kubelet: /stat \/nowhere\/kubeconfig/,
  "kube-proxy": /Wrote configuration/,
};

async function reached(program: string, [path = "", ...args]: readonly string[]): Promise<string> {
  const mark = marks[program] ?? /^$/;
  const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (chunk: string) => {
    said += chunk;
    if (mark.test(said)) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  return mark.test(said) ? "" : `${args.filter((each) => !each.includes("/tmp")).join(" ")}\n${said.slice(-900)}`;
}
