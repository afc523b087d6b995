// A packed Helm chart for tests: one ConfigMap `store` with the value `value`.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";

/** Writes `store.tgz` into the directory. */
export async function makeChart(directory: string): Promise<void> {
  const chart = join(directory, "chart", "store");
  await mkdir(join(chart, "templates"), { recursive: true });
  await writeFile(join(chart, "Chart.yaml"), "apiVersion: v2\nname: store\nversion: 0.1.0\n");
  const template = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: store}\ndata: {key: {{ .Values.value | quote }}}\n`;
  await writeFile(join(chart, "templates", "store.yaml"), template);
  await runCommand(["tar", "-czf", join(directory, "store.tgz"), "-C", join(directory, "chart"), "store"]);
}
