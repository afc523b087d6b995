// A line of the log as the caller reads it from standard error: JSON with a level, else it would show each as a debugging message.
import { printableLine } from "#shared/printable.ts";

export function logLine(level: "debug" | "info" | "error", message: string, at: Date): string {
  const line = {
    "@level": level,
    "@message": printableLine(message),
    "@module": "flexkube",
    "@timestamp": at.toISOString(),
  };
  return `${JSON.stringify(line)}\n`;
}
