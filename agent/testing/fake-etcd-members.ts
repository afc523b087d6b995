// The host of an agent that changes etcd's members, upon a model of etcd. The agent may be killed before or after each call.
import type { MembersHost } from "#agent/etcd-members/members-host.ts";
import { standsAgainst } from "#agent/disruption/disruption-lock.ts";
import type { LockRecord } from "#agent/disruption/disruption-lock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { MembersWorld } from "#shared/etcd-members/testing/members-world.ts";
import { KilledCalls } from "./killed-calls.ts";

export class FakeEtcdMembers extends KilledCalls {
  readonly world: MembersWorld;
  held: LockRecord | undefined;

  constructor(world: MembersWorld) {
    super();
    this.world = world;
  }

  host(name: string): MembersHost {
    return {
      look: async () => Promise.resolve(this.world.seen(name)),
      remember: async () => this.call(() => this.world.remember(name)),
      change: async (change) =>
        this.call(() => {
          if (!this.world.call(name, change)) throw refused(change.kind);
        }),
      lock: {
        take: async ({ component, name: container }) =>
          this.call(() => {
            const wanted = { host: name, component, container, since: 0, nonce: name };
            if (this.held !== undefined && standsAgainst(this.held, wanted)) throw waiting();
            this.held = wanted;
          }),
        check: async () => (this.held?.host === name ? Promise.resolve() : Promise.reject(waiting())),
        free: async () =>
          this.call(() => {
            if (this.held?.host === name) this.held = undefined;
          }),
        close: async () => Promise.resolve(),
      },
    };
  }
}

function refused(call: string): FlexkubeError {
  return new FlexkubeError("ETCD_REFUSED", "etcd refuses a call", { call, status: 400, reason: "not now" });
}

function waiting(): FlexkubeError {
  return new FlexkubeError("STEP_WAITING", "a step waits for other hosts", { reason: "taken" });
}
