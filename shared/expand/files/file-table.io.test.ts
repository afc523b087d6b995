// The table of files says what expand does, and README.md says what the table says: UPDATE_GENERATED=1 writes it there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { expand } from "#shared/expand/expand.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { fileTable } from "./file-table.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { hostFacts, kubernetesSecrets, wholeHost } from "#shared/expand/testing/kubernetes-builder.ts";

/** Below its heading. */
const shownRows = /(?<=^\| component \| file \|.*\n\|[-|]+\|\n)(?:\|.*\n)+/m;
const readmeFile = new URL("../README.md", import.meta.url);

function rowsOf({ component, sealed, live }: DesiredContainer): readonly string[] {
  const name = component.replace(/^(api-load-balancer)-.*/, "$1");
  return [
    ...(sealed?.files ?? []).map(({ path }) => [name, fileName(path), "sealed", "new container"].join(" | ")),
    ...live.map(({ path, effect, signal }) =>
      [name, fileName(path), "live", [effect, signal ?? []].flat().join(" ")].join(" | "),
    ),
  ];
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

test("the table has every file that expand makes for components of its own", () => {
  const config = hostConfig({ ...wholeHost(), secrets: kubernetesSecrets() });

  const made = expand(config, hostFacts()).containers.flatMap(rowsOf);

  const listed = fileTable
    .filter(({ component }) => component !== "container")
    .map(({ component, file, kind, change }) => [component, file, kind, change].join(" | "));
  assert.deepEqual(listed.toSorted(), made.toSorted());
});

test("the host of these tests runs every program, so that none is left out of the table", () => {
  const config = hostConfig({ ...wholeHost(), secrets: kubernetesSecrets() });
  const run = new Set(expand(config, hostFacts()).containers.map(({ component }) => component));

  const programs = Object.values(componentTable).flatMap((component): readonly string[] => component.programs);
  assert.deepEqual(
    programs.filter((program) => ![...run].some((component) => component.startsWith(program))),
    ["container"],
  );
});

test("the table for any container says what expand does with paths", () => {
  const files = [
    { path: "relative", content: "" },
    { path: "/absolute", content: "" },
  ];

  const made = expand(hostConfig({ containers: { container: { image: "web:1", files } } })).containers.flatMap(rowsOf);

  const listed = fileTable
    .filter(({ component }) => component === "container")
    .map(({ component, file, kind, change }) => [component, file.replace(" path", ""), kind, change].join(" | "));
  assert.deepEqual(listed, made);
});

test("README.md shows the table", () => {
  const readme = readFileSync(readmeFile, "utf8");
  const rows = fileTable.map(
    (row) => `| ${row.component} | ${row.file} | ${row.kind} | ${row.change} | ${row.source} |\n`,
  );
  assert.match(readme, shownRows);
  const shown = readme.replace(shownRows, () => rows.join(""));
  if (process.env["UPDATE_GENERATED"] === "1") writeFileSync(readmeFile, shown);

  assert.equal(
    readFileSync(readmeFile, "utf8"),
    shown,
    "run UPDATE_GENERATED=1 node --test shared/expand/files/file-table.io.test.ts",
  );
});
