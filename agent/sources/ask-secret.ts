// One question to the cluster for the host's own Secret: first what version it has, and all of it only when that is another one.
import { textAt, textsAt } from "#shared/json-fields.ts";
import { secretPath } from "#agent/kubernetes/helm-release.ts";
import type { KubernetesClient } from "#agent/kubernetes/kubernetes-client.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { deliveryKey, deliveryNamespace, generationAnnotation, generationIn } from "#shared/sealed/delivery-secret.ts";
import type { Fetched } from "./fetched.ts";

/** What the Secret says of its generation, which nobody has verified, goes to `claimed`. Rejects with the signal's reason alone. */
export async function askSecret(
  client: KubernetesClient,
  {
    name,
    mark,
    claimed,
  }: {
    readonly name: string;
    /** The version of what is known. */
    readonly mark: string | undefined;
    readonly claimed: (generation: number | undefined) => void;
  },
  signal: AbortSignal,
): Promise<Fetched> {
  const path = secretPath(deliveryNamespace, name);
  try {
    if (mark !== undefined) {
      const seen = await client.request({ method: "GET", path, metadataOnly: "object" }, signal);
      if (textAt(seen, "metadata", "resourceVersion") === mark) return { kind: "same" };
    }
    const secret = await client.request({ method: "GET", path }, signal);
    claimed(generationIn(textsAt(secret, "metadata", "annotations")[generationAnnotation]));
    const text = Buffer.from(textsAt(secret, "data")[deliveryKey] ?? "", "base64").toString("latin1");
    if (text === "") return { kind: "none", reason: `it has no data ${deliveryKey}` };
    return { kind: "text", text, mark: textAt(secret, "metadata", "resourceVersion") || undefined };
  } catch (error) {
    signal.throwIfAborted();
    // nothing was delivered that way yet, or it was taken away
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return { kind: "nothing" };
    if (!isFlexkubeError(error)) throw error;
    return { kind: "none", reason: reasonOf(error) };
  }
}
