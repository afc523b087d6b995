// What the linter checks: correctness with types, the sizes of the house style, and the borders between the folders.
import { defineConfig, type OxlintConfig } from "oxlint";
import { agent as agentRooms, planner as plannerRooms, shared as sharedRooms } from "./rooms.ts";
import type { Room } from "./rooms.ts";

type Rules = NonNullable<OxlintConfig["rules"]>;
type Pattern = { readonly message: string } & ({ readonly group: string[] } | { readonly regex: string });

const dockerode = { name: "dockerode", message: "only agent/engine/dockerode.ts talks to Docker" };
const zod = {
  name: "zod",
  message: "schemas live in shared/schema; what Docker answers is checked in agent/engine/inspect.ts",
};

const mains: Pattern = { group: ["**/main.ts"], message: "nothing imports a main.ts" };
const agent: Pattern = { group: ["**/agent/**", "#agent/*"], message: "only tests and the agent itself import it" };
const planner: Pattern = {
  group: ["**/planner/**", "#planner/*"],
  message: "only tests and the planner itself import it",
};
const outer: Pattern = {
  group: ["**/examples/**", "**/images/agent/**", "**/images/lab/**", "#lab/*"],
  message: "examples and images are imported by tests only",
};
const engine: Pattern = {
  group: ["**/engine/dockerode.ts"],
  message: "the engine is built where the program starts and handed on",
};
const builtins =
  "fs process child_process worker_threads os net tls dns http http2 https timers stream readline perf_hooks events";
const effects: Pattern = {
  // what is left of Node: crypto, path, url, util, buffer, assert
  group: [
    ...builtins.split(" ").flatMap((name) => [`node:${name}`, `node:${name}/*`]),
    "pino",
    "prom-client",
    "tar-stream",
  ],
  message: "this file is pure: effects come in as arguments",
};

const outside: Pattern = {
  group: "fs fs/promises net http https child_process tls worker_threads dgram"
    .split(" ")
    .map((name) => `node:${name}`),
  message: "a unit test is pure: name it x.io.test.ts",
};

const effectfulGlobals = "process Date fetch performance console setTimeout setInterval setImmediate".split(" ");
const pure: Rules = {
  "no-restricted-globals": ["error", ...effectfulGlobals],
  "no-restricted-properties": ["error", { object: "Math", property: "random" }],
  "oxc/no-async-await": "error",
};
const effectful: Rules = {
  "no-restricted-globals": "off",
  "no-restricted-properties": "off",
  "oxc/no-async-await": "off",
};

function forbid(paths: readonly (typeof dockerode)[], ...patterns: readonly Pattern[]): Rules {
  return { "no-restricted-imports": ["error", { paths: [...paths], patterns: [...patterns] }] };
}

const upwards: Pattern = {
  regex: String.raw`^\.\./.*\.ts$`,
  message: "files of other rooms are named from the root: #shared, #planner, #agent",
};

/** Rooms that come later in the list are not imported. */
function borders(rooms: readonly Room[], base: (room: Room) => Rules) {
  return rooms.map((room, index) => {
    const later = rooms.slice(index + 1).map(({ folder }) => folder);
    const rules = base(room);
    if (later.length === 0) return { files: [`${room.folder}/*.ts`], rules };
    // no look-ahead: the linter's expressions have none, and take one that has for nothing
    const regex = String.raw`^#(?:${later.join("|")})/[^/]+\.ts$`;
    const border: Pattern = { regex, message: `${room.folder} comes before it in rooms.ts` };
    return { files: [`${room.folder}/*.ts`], rules: withPattern(rules, border) };
  });
}

function withPattern(rules: Rules, pattern: Pattern): Rules {
  const rule = rules["no-restricted-imports"];
  // made by `forbid`
  const [, { paths, patterns }] = rule as [string, { paths: (typeof dockerode)[]; patterns: Pattern[] }];
  return { ...rules, ...forbid(paths, ...patterns, pattern) };
}

const roomOverrides = [
  ...borders(sharedRooms, ({ zod: isSchema, effects: isEffectful }) =>
    isEffectful
      ? { ...forbid([dockerode, zod], mains, agent, planner, outer, upwards), ...effectful }
      : {
          ...forbid(isSchema ? [dockerode] : [dockerode, zod], mains, agent, planner, outer, effects, upwards),
          ...pure,
        },
  ),
  ...borders(plannerRooms, ({ zod: isSchema, effects: isEffectful }) =>
    isEffectful
      ? { ...forbid([dockerode, zod], mains, agent, outer, upwards), ...effectful }
      : { ...forbid(isSchema ? [dockerode] : [dockerode, zod], mains, agent, outer, effects, upwards), ...pure },
  ),
  ...borders(agentRooms, ({ folder, zod: isSchema }) =>
    forbid(
      isSchema ? [dockerode] : [dockerode, zod],
      mains,
      planner,
      outer,
      upwards,
      ...(folder === "agent/cli" || folder === "agent" ? [] : [engine]),
    ),
  ),
];

// no default export elsewhere; the linter wants one here
export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["dist", "node_modules", "images/agent/stubs", "images/agent/loader.cjs"],
  options: { typeAware: true },
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/only-throw-error": "error",
    "typescript/prefer-promise-reject-errors": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/consistent-type-imports": "error",
    "import/no-default-export": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "oxc/no-barrel-file": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    eqeqeq: "error",
    "no-console": "error",
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    "no-var": "error",
    "prefer-const": "error",
    "max-lines": ["error", 300],
    "max-lines-per-function": ["error", 50],
    "max-params": ["error", 4],
    "max-depth": ["error", 3],
    // wrong on exhaustive switches
    "typescript/consistent-return": "off",
    // an assertion after a check is allowed, with a comment
    "typescript/no-unsafe-type-assertion": "off",
    // a helper beside its only use reads better than one far above
    "unicorn/consistent-function-scoping": "off",
    // fast-check is used as `fc.…`, as its documentation does
    "import/no-named-as-default-member": "off",
    // names and paths are checked for control characters
    "no-control-regex": "off",
    ...forbid([dockerode, zod], mains),
  },
  // a later entry replaces the same rule of an earlier one
  overrides: [
    // what is no room: for tests alone
    { files: ["shared/**"], rules: { ...forbid([dockerode, zod], mains, agent, planner, outer, effects), ...pure } },
    { files: ["planner/**"], rules: { ...forbid([dockerode, zod], mains, agent, outer), ...effectful } },
    { files: ["agent/**"], rules: forbid([dockerode, zod], mains, planner, outer, engine) },
    ...roomOverrides,
    {
      // what comes from a disk or a delivery is checked as it is read
      files: ["shared/state/ledger.ts", "shared/delivery/delivery-record.ts"],
      rules: forbid([dockerode], mains, agent, planner, outer, effects, upwards),
    },
    {
      files: ["agent/engine/{engine,create-body,labels}.ts"],
      rules: { ...forbid([dockerode, zod], mains, planner, outer, engine, effects), ...pure },
    },
    {
      files: ["agent/engine/inspect.ts"],
      rules: {
        ...forbid([dockerode], mains, planner, outer, engine, effects),
        ...pure,
        // Docker's times are parsed here
        "no-restricted-globals": ["error", ...effectfulGlobals.filter((name) => name !== "Date")],
      },
    },
    { files: ["agent/engine/dockerode.ts"], rules: forbid([zod], mains, planner, outer) },
    {
      // a schema alone lacks the rules of its domain
      files: ["planner/cli/*.ts"],
      rules: {
        "no-restricted-properties": [
          "error",
          { property: "safeParse", message: "what is typed is judged by faultOfWord" },
        ],
      },
    },
    // entries
    { files: ["planner/main.ts"], rules: { ...forbid([dockerode, zod], mains, agent, outer), ...effectful } },
    {
      // a unit test needs no disk, network or other process: one that does is x.io.test.ts
      files: ["**/*.test.ts"],
      rules: {
        ...forbid([dockerode], mains, outside),
        ...effectful,
        "max-lines": "off",
        "max-lines-per-function": "off",
        // test() of node:test returns a promise that nobody needs to wait for
        "typescript/no-floating-promises": "off",
      },
    },
    {
      files: ["**/*.{io,engine,e2e,kubernetes,terraform,upgrade,release,machine}.test.ts"],
      rules: forbid([dockerode], mains),
    },
    // what their programs load by its default export
    {
      files: ["oxlint.config.ts", "examples/lab/file-seconds.ts"],
      rules: { "import/no-default-export": "off" },
    },
  ],
});
