// `npm run bench`: what agent and planner take, against the bare calls and docker compose, on this machine and in one run.
import process, { argv, exit, stderr, stdout } from "node:process";
import { inspect } from "node:util";
import type { Figure } from "./figure.ts";
import { verdictsOf } from "./figure.ts";
import { parseOptions, type Options } from "./options.ts";
import { registry } from "./registry.ts";
import { ratioOf, summaryOf } from "./statistics.ts";
import { tableOf } from "./table.ts";

const help = `usage: npm run bench -- [--only NAME[,NAME]] [--rounds N] [--megabytes N] [--json]

Measures on this machine; what is compared runs in turns, so that a busy machine slows all sides. Needs root.

benchmarks:
${registry.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join("\n")}

options:
  --only NAMES   only these benchmarks
  --rounds N     rounds of what is compared (default: each benchmark's own number)
  --megabytes N  size of a database (default: 500); smaller ones take less time and say less
  --json         figures with all samples, as JSON
  -h, --help     this help
`;

type Run = { readonly figures: readonly Figure[]; readonly failed: readonly string[] };

/** One that fails is told and keeps no other from its figures. */
async function run({ only, rounds, megabytes }: Options): Promise<Run> {
  const figures: Figure[] = [];
  const failed: string[] = [];
  const progress = (text: string): void => void stderr.write(`${text}\n`);
  for (const { name, load } of registry) {
    if (only !== undefined && !only.includes(name)) continue;
    try {
      const benchmark = await load();
      figures.push(...(await benchmark({ rounds, megabytes, progress })));
    } catch (error) {
      failed.push(name);
      progress(`${name}: FAILED: ${inspect(error)}`);
    }
  }
  return { figures, failed };
}

function jsonOf(figures: readonly Figure[]): string {
  const shown = figures.map((figure) => ({
    ...figure,
    summary: summaryOf(figure.ours),
    ...(figure.bare === undefined ? {} : { toBare: ratioOf(figure.ours, figure.bare) }),
    ...(figure.compose === undefined ? {} : { toCompose: ratioOf(figure.ours, figure.compose) }),
    verdicts: verdictsOf(figure),
  }));
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

const parsed = parseOptions(
  argv.slice(2),
  registry.map(({ name }) => name),
);
if (!parsed.ok) {
  stderr.write(`bench: ${parsed.problem}\n\n${help}`);
  exit(64);
}
if (parsed.options.help) stdout.write(help);
else {
  const { figures, failed } = await run(parsed.options);
  stdout.write(parsed.options.json ? jsonOf(figures) : tableOf(figures));
  if (failed.length > 0) {
    stderr.write(`bench: failed: ${failed.join(", ")}\n`);
    process.exitCode = 1;
  }
}
