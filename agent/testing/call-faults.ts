// What may befall one call of an engine, and which calls of a run meet it.
import {
  engineConflict,
  engineNotFound,
  engineRefused,
  engineUnreachable,
  engineUnsupported,
} from "#agent/engine/errors.ts";
import type { CallFault, FakeCall } from "#agent/engine/fake-faults.ts";

type FaultOf = (call: FakeCall) => CallFault;

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
export const callFaults = {
  refused,
  "never answered": () => ({ error: "hang", isDone: false }),
  "done, and never answered": () => ({ error: "hang", isDone: true }),
  "broken before it was done": ({ method }) => ({ error: engineUnreachable(method, "closed"), isDone: false }),
  "broken after it was done": ({ method }) => ({ error: engineUnreachable(method, "closed"), isDone: true }),
  "no JSON": ({ method }) => ({ error: engineUnsupported(`${method}: the answer is no JSON`), isDone: true }),
  "a wrong 404": unlessRemoval(({ method, subject }) => engineNotFound(method, `no such thing: ${subject}`)),
  "a wrong 409": unlessRemoval(({ method }) => engineConflict(method, "there is a conflict")),
} as const satisfies Readonly<Record<string, FaultOf>>;

export type FaultKind = keyof typeof callFaults;
