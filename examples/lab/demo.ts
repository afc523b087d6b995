// `npm run demo`: the main job on this machine, on real Docker hosts in a lab; `npm run demo -- down` removes it all.
import { argv, exit, stderr } from "node:process";
import { kubernetesDown, kubernetesUp } from "./demo-kubernetes.ts";
import { threeHostsDown, threeHostsUp } from "./demo-three-hosts.ts";

const acts: Readonly<Record<string, () => Promise<void>>> = {
  up: threeHostsUp,
  kubernetes: async () => kubernetesUp(false),
  "kubernetes --compile": async () => kubernetesUp(true),
  down: async () => {
    await threeHostsDown();
    await kubernetesDown();
  },
};

const command = argv.slice(2).join(" ") || "up";
const act = Object.hasOwn(acts, command) ? acts[command] : undefined;
if (act === undefined) {
  stderr.write(`usage: npm run demo [-- up|kubernetes [--compile]|down]

  up          etcd, load balancers and plain containers on three hosts (default)
  kubernetes  Kubernetes on four hosts; the first time its images come from registries, or where
              these do not deliver, and with --compile, are compiled from Go modules
  down        remove every trace of both
`);
  exit(64);
}
await act();
