// Waits until the API serves the kinds that CustomResourceDefinitions define.
import type { Effects } from "#agent/effects/effects.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { objectText } from "#shared/state/applied-objects.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import type { Applier } from "./cluster-step.ts";
import { listAt, textAt } from "#shared/json-fields.ts";
import { createFindPath } from "#agent/kubernetes/object-paths.ts";

const intervalMs = 250;
const deadlineMs = 30_000;

/** Throws STEP_FAILED after half a minute, KUBERNETES_*, or the signal's reason. */
export async function untilEstablished(
  { client }: Applier,
  definitions: readonly ObjectRef[],
  { clock, signal, kinds }: Pick<Effects, "clock" | "signal" | "kinds">,
): Promise<void> {
  const find = createFindPath(client, kinds);
  const until = clock.now() + deadlineMs;
  for (const definition of definitions) {
    const place = await find(definition, signal);
    for (;;) {
      const found = place && (await client.request({ method: "GET", path: place.path }, signal));
      const conditions = listAt(found, "status", "conditions");
      if (conditions.some((item) => textAt(item, "type") === "Established" && textAt(item, "status") === "True")) break;
      if (clock.now() >= until)
        throw new FlexkubeError("STEP_FAILED", "a kind is not established", {
          step: "wait for CustomResourceDefinitions",
          reason: objectText(definition),
        });
      await clock.sleep(intervalMs, signal);
    }
  }
}
