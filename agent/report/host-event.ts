// One line of the event log: what was done to a container, and why. No secrets of ours; `output` is what a program said.
import * as z from "zod";

export const HostEvent = z.object({
  /** RFC 3339. */
  at: z.string(),
  /** What happened, such as started, stopped, failed, rejected; another version may know more. */
  kind: z.string(),
  component: z.string(),
  container: z.string(),
  cause: z.string(),
  /** Of a container that ended or did not become healthy. */
  exitCode: z.number().optional(),
  /** Its last lines. */
  output: z.string().optional(),
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
