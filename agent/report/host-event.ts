// One line of the event log: what was done to a container, and why. No secrets of ours; `output` is what a program said.
import * as z from "zod";

export const HostEvent = z.object({
  at: z.string().describe("When it happened, RFC 3339"),
  kind: z.string().describe("What happened, such as started, stopped, failed, rejected; another version may know more"),
  component: z.string().describe("Component that it is about"),
  container: z.string().describe("Container of it"),
  cause: z.string().describe("Why"),
  exitCode: z.number().optional().describe("Exit code of a container that ended or did not become healthy"),
  output: z.string().optional().describe("Its last lines"),
});
export type HostEvent = Readonly<z.infer<typeof HostEvent>>;

const maxLines = 50;
const maxLineLength = 500;

/** The event with no more than the last 50 lines of output, each cut at 500 characters. */
export function boundedEvent(event: HostEvent): HostEvent {
  if (event.output === undefined) return event;
  const lines = event.output.replace(/\n$/, "").split("\n").slice(-maxLines);
  const cut = lines.map((line) => (line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line));
  return { ...event, output: cut.join("\n") };
}
