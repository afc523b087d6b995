// The first thing that is not as it should be, as a tick that has ended told it. Pure.
import type { Report } from "./report.ts";

/** Undefined when all is well. */
export function firstTrouble({ result, error, blocked, components, node }: Report): string | undefined {
  if (error !== undefined) return `${error.message} (${error.code})`;
  const [first] = blocked;
  if (first !== undefined) return `${first.container}: ${first.reason}`;
  const ill = components.find(({ healthy }) => !healthy);
  if (ill !== undefined) return `${ill.name}: ${ill.reason ?? "not healthy"}`;
  if (result !== "settled" && result !== "changed") return `the last tick ended as ${result}`;
  if (node !== undefined && node.ready !== "True") return `node ${node.name} is not ready`;
  return undefined;
}
