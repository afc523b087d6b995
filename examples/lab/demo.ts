// `npm run demo`: the main job on this machine, on real Docker hosts in a lab; `npm run demo -- down` removes it all.
import { argv, exit, stderr } from "node:process";
import { kubernetesDown, kubernetesUp } from "./demo-kubernetes.ts";
import { threeHostsDown, threeHostsUp } from "./demo-three-hosts.ts";

const acts: Readonly<Record<string, () => Promise<void>>> = {
  up: threeHostsUp,
  kubernetes: kubernetesUp,
  down: async () => {
    await threeHostsDown();
    await kubernetesDown();
  },
};

const [command = "up", ...more] = argv.slice(2);
const act = Object.hasOwn(acts, command) && more.length === 0 ? acts[command] : undefined;
if (act === undefined) {
  stderr.write(`usage: npm run demo [-- up|kubernetes|down]

  up          etcd, load balancers and plain containers on three hosts (default)
  kubernetes  Kubernetes on four hosts; compiled from its Go modules the first time
  down        remove every trace of both
`);
  exit(64);
}
await act();
