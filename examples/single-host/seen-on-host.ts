// A host that runs, as the checks of the CIS benchmark look at it: arguments of its containers, modes and owners of its files.
import type { LabHost } from "#lab/host.ts";

export const cisPrograms = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "pod-network",
] as const;
export type Program = (typeof cisPrograms)[number];

type SeenFile = { readonly path: string; readonly mode: number; readonly uid: number; readonly gid: number };

type Seen = {
  readonly user: string;
  readonly args: readonly string[];
  readonly document: unknown;
  readonly files: readonly SeenFile[];
};

export type SeenOnHost = {
  readonly userOf: (program: Program) => string | undefined;
  readonly argument: (program: Program, flag: string) => readonly string[] | undefined;
  readonly document: (program: Program) => unknown;
  readonly files: (program: Program) => readonly SeenFile[];
};

/** Asks once; what comes later is not seen. */
export async function seenOnHost(host: LabHost): Promise<SeenOnHost> {
  const seen = new Map<Program, Seen>();
  for (const program of cisPrograms) seen.set(program, await look(host, program));
  return {
    userOf: (program) => seen.get(program)?.user,
    argument: (program, flag) => {
      const values = (seen.get(program)?.args ?? []).filter((argument) => argument.startsWith(`--${flag}=`));
      return values.length === 0 ? undefined : values.map((argument) => argument.slice(flag.length + 3));
    },
    document: (program) => seen.get(program)?.document,
    files: (program) => seen.get(program)?.files ?? [],
  };
}

async function look(host: LabHost, program: Program): Promise<Seen> {
  // Docker's own answer
  const [container] = JSON.parse(
    await host.docker("inspect", "--type", "container", program === "etcd" ? await etcdName(host) : program),
  ) as readonly { readonly Args: readonly string[]; readonly Config: { readonly User: string } }[];
  const found = await host.exec("sh", "-c", listing, "sh", program);
  const files = found.split("\n").flatMap((line): readonly SeenFile[] => {
    const [mode = "", uid, gid, ...path] = line.split(" ");
    return path.length === 0
      ? []
      : [{ path: path.join(" "), mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) }];
  });
  const config = files.find(({ path }) => path.endsWith("/config.json"));
  return {
    user: container?.Config.User ?? "",
    args: container?.Args ?? [],
    document: config === undefined ? undefined : JSON.parse(await host.exec("cat", config.path)),
    files,
  };
}

async function etcdName(host: LabHost): Promise<string> {
  return (await host.docker("ps", "--filter", "name=^etcd", "--format", "{{.Names}}")).trim();
}

/** $1: the component. Its files, static pods, and what else a check looks at. */
const listing = `
places="/etc/kubernetes/$1 /etc/kubernetes/manifests"
case $1 in
  pod-network) places="$places /etc/cni/net.d" ;;
  etcd) stat -c '%a %u %g %n' /var/lib/etcd ;;
esac
for place in $places; do
  [ ! -e "$place" ] || find "$place" -type f -exec stat -c '%a %u %g %n' {} +
done`;
