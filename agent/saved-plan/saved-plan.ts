// A plan as a file: the steps that a person was shown, and what they were made from. It holds no secret, and nothing is done by what it
// says: what is done is the plan of the moment, if it is the same.
import * as z from "zod";
import { hashOf } from "#shared/canonical.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { ErrorCode } from "#shared/errors.ts";

const SeenRow = z.strictObject({
  component: z.string(),
  /** Such as `container web` or `path /etc/kubernetes/web/live/a.conf`. */
  what: z.string(),
  state: z.string(),
});
const StepRow = z.strictObject({
  component: z.string(),
  kind: z.string(),
  subject: z.string(),
  /** As it is printed, with its files below it. */
  lines: z.array(z.string()).readonly(),
  /** Of its arguments, keyed by the host config's secret `hash-key`. */
  digest: z.string(),
});
const BlockedRow = z.strictObject({ component: z.string(), container: z.string(), code: z.string() });

const Header = z.object({ kind: z.literal("Plan"), agentVersion: z.string() });

const SavedPlan = z.strictObject({
  kind: z.literal("Plan"),
  agentVersion: z.string(),
  cluster: z.string(),
  host: z.string(),
  generation: z.number().optional(),
  /** Hash of the whole host config, keyed as above. */
  config: z.string(),
  /** When it was saved, for people. */
  at: z.string(),
  seen: z.array(SeenRow).readonly(),
  steps: z.array(StepRow).readonly(),
  blocked: z.array(BlockedRow).readonly(),
});

export type SavedPlan = Readonly<z.infer<typeof SavedPlan>>;
export type SeenRow = Readonly<z.infer<typeof SeenRow>>;
export type StepRow = Readonly<z.infer<typeof StepRow>>;

const SavedFile = SavedPlan.extend({ digest: z.string() });

/** In every text of a plan, a damaged one's mostly too. */
export const planMark = '"kind": "Plan"';

/** Its text, with a digest of all of it. */
export function savedText(plan: SavedPlan): string {
  return `${JSON.stringify({ ...plan, digest: hashOf(plan) }, null, 2)}\n`;
}

const again = "make it anew on this host: flexkube-agent plan --save FILE";

/** Throws PLAN_DAMAGED, and PLAN_OTHER_VERSION for what another version of the agent than `version` has saved. */
export function parseSavedPlan(text: string, about: { readonly file: string; readonly version: string }): SavedPlan {
  const { file, version } = about;
  const data = jsonIn(text);
  const header = Header.safeParse(data);
  if (!header.success) throw damaged(file, "it is no plan that flexkube-agent saved");
  const { agentVersion } = header.data;
  if (agentVersion !== version)
    throw refusal("PLAN_OTHER_VERSION", { file, reason: `it is of version ${agentVersion}, this agent is ${version}` });
  const parsed = SavedFile.safeParse(data);
  if (!parsed.success) throw damaged(file, "it is not as flexkube-agent saves plans");
  const { digest, ...plan } = parsed.data;
  if (digest !== hashOf(plan)) throw damaged(file, "it has been changed since it was saved");
  return plan;
}

/** What the plan must be for. */
export type PlannedFor = Pick<SavedPlan, "cluster" | "host" | "generation" | "config">;

/** Throws PLAN_OTHER_CLUSTER, PLAN_OTHER_HOST, or PLAN_OTHER_CONFIG when it is for another host config than the one to be applied. */
export function refuseOthers(saved: PlannedFor, wanted: PlannedFor, file: string): void {
  const told = (was: string, is: string): { readonly file: string; readonly reason: string } => ({
    file,
    reason: `it is for ${was}, this is ${is}`,
  });
  if (saved.cluster !== wanted.cluster)
    throw refusal("PLAN_OTHER_CLUSTER", told(`the cluster ${saved.cluster}`, wanted.cluster));
  if (saved.host !== wanted.host) throw refusal("PLAN_OTHER_HOST", told(`the host ${saved.host}`, wanted.host));
  if (saved.generation === wanted.generation && saved.config === wanted.config) return;
  const reason =
    saved.generation === wanted.generation
      ? "it is for another host config than the one that would be applied, which has other content"
      : `it is for a host config ${generationText(saved)}, the one that would be applied is ${generationText(wanted)}`;
  throw refusal("PLAN_OTHER_CONFIG", { file, reason });
}

function generationText({ generation }: PlannedFor): string {
  return generation === undefined ? "without a generation" : `of generation ${generation}`;
}

type Refusal = Extract<ErrorCode, `PLAN_OTHER_${string}`>;

const sentences: { readonly [Code in Refusal]: string } = {
  PLAN_OTHER_VERSION: "the saved plan is of another version of the agent; nothing was done",
  PLAN_OTHER_CLUSTER: "the saved plan is for another cluster; nothing was done",
  PLAN_OTHER_HOST: "the saved plan is for another host; nothing was done",
  PLAN_OTHER_CONFIG: "the saved plan is for another host config; nothing was done",
};

function refusal(code: Refusal, about: { readonly file: string; readonly reason: string }): FlexkubeError {
  return new FlexkubeError(code, sentences[code], { ...about, hint: again });
}

function damaged(file: string, reason: string): FlexkubeError {
  const details = { file, reason, hint: again };
  return new FlexkubeError("PLAN_DAMAGED", "the saved plan is damaged; nothing was done", details);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
