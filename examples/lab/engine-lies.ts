// Answers of a Docker engine that are well formed and wrong, by endpoint: another state, a list that lacks one, another container.

/** What the answer becomes; `chance` gives numbers from 0 up to 1. */
export type EngineLie = (answer: unknown, chance: () => number) => unknown;

type Inspected = { readonly State: { readonly Status: string } };

const states = ["running", "exited", "restarting", "paused"] as const;

/**
 * Left out is what nobody can survive: a check that is said to have ended well or badly, since its end is the verdict, and an id of
 * somebody else's container for one that was just made.
 */
const lies: readonly { readonly of: RegExp; readonly tell: Readonly<Record<string, EngineLie>> }[] = [
  {
    of: /^GET \/containers\/json\b/,
    tell: {
      "a list that lacks one": (answer, chance) => {
        const all = answer as readonly unknown[];
        const missing = Math.floor(chance() * all.length);
        return all.filter((_, index) => index !== missing);
      },
      "an empty list": () => [],
    },
  },
  {
    of: /^GET \/containers\/[^/]+\/json\b/,
    tell: {
      "another state": (answer, chance) => {
        const found = answer as Inspected;
        const others = states.filter((state) => state !== found.State.Status);
        const state = others[Math.floor(chance() * others.length)];
        return { ...found, State: { ...found.State, Status: state } };
      },
      "another container": (answer) => ({ ...(answer as object), Id: "f".repeat(64), Name: "/somebody-else" }),
    },
  },
  {
    of: /^GET \/images\/.+\/json\b/,
    tell: { "another image": (answer) => ({ ...(answer as object), Id: `sha256:${"f".repeat(64)}` }) },
  },
];

/** The lies that there are about such a request's answer, by name. */
export function engineLies(method: string, path: string): readonly (readonly [string, EngineLie])[] {
  return lies.flatMap(({ of, tell }) => (of.test(`${method} ${path}`) ? Object.entries(tell) : []));
}
