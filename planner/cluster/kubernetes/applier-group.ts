// Which groups of Kubernetes the certificate that objects are applied with is in. It begins with system:masters, which no rule
// can bind or take away, and leaves it for a group that a rule of the cluster's own allows everything.
// Pure: it must not read or write anything.
import { X509Certificate } from "node:crypto";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesState } from "#shared/schema/planner-state.ts";

/** Bound to cluster-admin by the add-on rules. */
export const appliersGroup = "flexkube:appliers";
const mastersGroup = "system:masters";

/** The certificate as host configs and the PKI name it. */
const applierSecret = "kubernetes/applier.crt";

type Applier = KubernetesState["applier"];

/** Both until the operator has said that what binds the second one is applied. */
export function applierGroups(applier: Applier): readonly string[] {
  return applier === "own" ? [appliersGroup] : [mastersGroup, appliersGroup];
}

/**
 * The operator's word counts only for a binding that an earlier split gave out: said at the split that adds it, hosts would
 * get both at once, and nobody could apply what lets the new certificate in.
 */
export function withApplierWord(state: KubernetesState | undefined): KubernetesState | undefined {
  return state?.applier === "bound" ? { ...state, applier: "own" } : state;
}

/** What the host configs that were given out tell; undefined when none of them has the binding. */
export function applierIn(configs: readonly HostConfig[], rbacName: string): Applier {
  if (configs.some(({ secrets }) => isOwn(secrets[applierSecret]))) return "own";
  const rules = configs.map(({ clusterObjects }) => clusterObjects?.manifests[rbacName]?.content ?? "");
  return rules.some((content) => content.includes(`name: ${appliersGroup}\n`)) ? "bound" : undefined;
}

function isOwn(pem: string | undefined): boolean {
  if (pem === undefined) return false;
  try {
    return (
      new X509Certificate(pem).subject
        .split("\n")
        .filter((part) => part.startsWith("O="))
        .join() === `O=${appliersGroup}`
    );
  } catch {
    // of a file that was cut or edited; what it should be is made again
    return false;
  }
}
