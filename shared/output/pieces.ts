// What outputs of both programs say alike: the same thing has the same name everywhere.
import * as z from "zod";

/** Changes when a field changes its meaning; fields that come do not change it. */
export const outputVersion = 1;

export const Version = z
  .literal(outputVersion)
  .describe("Version of this output: another one when a field changes its meaning");

export const Problem = z.object({
  path: z.string().describe("Path in the document, such as hosts.h1.address; empty for all of it"),
  problem: z.string().describe("What is wrong"),
  hint: z.string().optional().describe("What to do"),
  file: z.string().optional().describe("File as it was given; - is standard input"),
  line: z.number().optional().describe("Line in the file, the first is 1"),
  column: z.number().optional().describe("Column in the line, the first is 1"),
});

export function problems(description: string) {
  return z.array(Problem).readonly().describe(description);
}

export function texts(description: string) {
  return z.array(z.string()).readonly().describe(description);
}

/** RFC 3339, in UTC. */
export function time(description: string) {
  return z.string().describe(`${description}; RFC 3339`);
}

export const Step = z.object({
  kind: z.string().describe("What is done, such as createContainer"),
  subject: z.string().describe("What it is done to: a container, an image, a directory"),
  component: z.string().describe("Component for which it is done"),
  cause: z.string().describe("Why"),
});

const blocked = {
  component: z.string().describe("Component that is held"),
  container: z.string().describe("Container of it"),
  code: z.string().describe("Kind of what holds it, such as waiting, rejected or path-blocked"),
  reason: z.string().describe("What holds it"),
  details: texts("More about it").optional(),
};

/** A component that is held, read loosely: another version may know more codes. */
export const Blocked = z.object(blocked);

/** The same with what would free it. */
export const HeldBack = z.object({ ...blocked, freedBy: z.string().describe("What would free it") });

export const planFields = {
  steps: z.array(Step).readonly().describe("Steps in their order, without what they write"),
  plan: texts("The same as people read it, a line each"),
  blocked: z.array(Blocked).readonly().describe("Components that are held, and why"),
  warnings: texts("What a person should know, a line each"),
};
export type PlanFields = z.infer<z.ZodObject<typeof planFields>>;
