// What may befall one call of an engine, and which calls of a run meet it.
import {
  engineConflict,
  engineNotFound,
  engineRefused,
  engineUnreachable,
  engineUnsupported,
} from "#agent/engine/errors.ts";
import type { ContainerDetails, ContainerSummary } from "#agent/engine/engine.ts";
import type { CallFault, EngineMethod, FakeCall } from "#agent/engine/fake/fake-faults.ts";

export type FaultOf = (call: FakeCall) => CallFault;

/** Docker's forced removal answers neither, and the engine port takes both for success. */
const unlessRemoval =
  (make: (call: FakeCall) => Error): FaultOf =>
  (call) =>
    call.method === "remove" ? refused(call) : { error: make(call), isDone: false };

const refused: FaultOf = ({ method }) => ({
  error: engineRefused(method, { status: 500, reason: "something is wrong with the engine" }),
  isDone: false,
});

/** Of every kind that an engine, or what is between it and us, has. */
const callFaults = {
  refused,
  "never answered": () => ({ error: "hang", isDone: false }),
  "done, and never answered": () => ({ error: "hang", isDone: true }),
  "broken before it was done": ({ method }) => ({ error: engineUnreachable(method, "closed"), isDone: false }),
  "broken after it was done": ({ method }) => ({ error: engineUnreachable(method, "closed"), isDone: true }),
  "no JSON": ({ method }) => ({ error: engineUnsupported(`${method}: the answer is no JSON`), isDone: true }),
  "a wrong 404": unlessRemoval(({ method, subject }) => engineNotFound(method, `no such thing: ${subject}`)),
  "a wrong 409": unlessRemoval(({ method }) => engineConflict(method, "there is a conflict")),
} as const satisfies Readonly<Record<string, FaultOf>>;

/** The n-th of the containers is missing, counted round. */
const listWithout =
  (n: number): FaultOf =>
  () => ({
    // only a list meets it
    lie: (answer) => (answer as readonly ContainerSummary[]).filter((_, index, all) => index !== n % all.length),
  });

const inspectWith = (change: (details: ContainerDetails) => Partial<ContainerDetails>): FaultOf => {
  // only an inspect meets it
  const lie = (answer: unknown): unknown => ({ ...(answer as object), ...change(answer as ContainerDetails) });
  return () => ({ lie });
};

type Lie = { readonly of: EngineMethod; readonly fault: FaultOf };

/**
 * Answers that are well formed and wrong, each of one kind of call. Left out is what nobody can survive: a check or a
 * handover of directories that is said to have ended otherwise, since its end is the verdict, and a container on trial that is said to work.
 */
const lies = {
  "an empty list": { of: "list", fault: () => ({ lie: () => [] }) },
  "a list without the first": { of: "list", fault: listWithout(0) },
  "a list without the second": { of: "list", fault: listWithout(1) },
  "a list without the third": { of: "list", fault: listWithout(2) },
  "a list without the fourth": { of: "list", fault: listWithout(3) },
  "a stop": { of: "inspect", fault: inspectWith(() => ({ state: "exited" })) },
  "a state that nobody knows": { of: "inspect", fault: inspectWith(() => ({ state: "unheard-of" })) },
  "a crash": { of: "inspect", fault: inspectWith(() => ({ state: "restarting", restartCount: 9 })) },
  "another name": { of: "inspect", fault: inspectWith(({ name }) => ({ name: `${name}-elsewhere` })) },
  "another image": { of: "inspectImage", fault: () => ({ lie: () => "sha256:another" }) },
  "no image": { of: "inspectImage", fault: () => ({ lie: () => undefined }) },
  "labels of another image": { of: "imageLabels", fault: () => ({ lie: () => ({}) }) },
} as const satisfies Readonly<Record<string, Lie>>;

/** All that may befall this call. */
export function faultsOf(call: FakeCall): readonly { readonly kind: string; readonly fault: FaultOf }[] {
  const told = Object.entries<Lie>(lies).filter(([, { of }]) => of === call.method);
  return [
    ...Object.entries(callFaults).map(([kind, fault]) => ({ kind, fault })),
    ...told.map(([kind, { fault }]) => ({ kind, fault })),
  ];
}
