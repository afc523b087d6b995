// What is to come, day by day: data, and how it is put in order. Pure.
import { timeText } from "#planner/pki/certificate.ts";

/** A certificate that a split makes anew, and its host gets. Times in milliseconds since 1970. */
export type Renewed = {
  readonly at: number;
  readonly name: string;
  readonly host: string | undefined;
  readonly cause: string;
  /** When the new one ends. */
  readonly ends: number;
};

export type Ended = {
  readonly at: number;
  readonly name: string;
  /** Unset for a CA, which all that trusts it has. */
  readonly host: string | undefined;
  /** Containers of the host that have it; `the agent` where it uses it itself. */
  readonly usedBy: readonly string[];
};

/** What a host's agent does with what is delivered. */
export type Acted = {
  readonly at: number;
  readonly host: string;
  /** Containers that stop and start again. */
  readonly restarts: readonly string[];
  readonly signals: readonly string[];
  /** In the words of `diff`. */
  readonly lines: readonly string[];
};

/** From then on no split is possible. */
export type Refused = { readonly at: number; readonly reason: string };

export type Future = {
  readonly cluster: string;
  readonly from: number;
  readonly until: number;
  readonly isDelivered: boolean;
  readonly renewed: readonly Renewed[];
  readonly ended: readonly Ended[];
  readonly acted: readonly Acted[];
  readonly refused: Refused | undefined;
  /** Nodes, whose kubelets renew by themselves what the cluster issues them. */
  readonly kubelets: readonly string[];
};

export type Day = {
  /** Such as 2027-11-30, in UTC. */
  readonly day: string;
  readonly renewed: readonly Renewed[];
  readonly ended: readonly Ended[];
  readonly acted: readonly Acted[];
  readonly refused: readonly Refused[];
};

/** Days on which something happens, in order. */
export function daysOf({ renewed, ended, acted, refused }: Future): readonly Day[] {
  const all = { renewed, ended, acted, refused: refused === undefined ? [] : [refused] };
  const days = new Set(
    Object.values(all)
      .flat()
      .map(({ at }) => dayOf(at)),
  );
  return [...days].toSorted().map((day) => {
    const of = <Row extends { readonly at: number }>(rows: readonly Row[]): readonly Row[] =>
      rows.filter(({ at }) => dayOf(at) === day);
    return { day, renewed: of(renewed), ended: of(ended), acted: of(acted), refused: of(all.refused) };
  });
}

export function dayOf(ms: number): string {
  return timeText(ms).slice(0, 10);
}
