// etcd's membership as its raft rules allow it, and hosts whose agents change it: each knows the wish that was delivered to it last.
import { hostOfMember } from "#shared/etcd-members/member-name.ts";
import { isCall, judgeMembers } from "#shared/etcd-members/judge-members.ts";
import type { ListedMember, MembersCall, MembersDecision, MembersSeen } from "#shared/etcd-members/members-seen.ts";
import type { MembersWish } from "#shared/state/etcd-members-rule.ts";

type Member = {
  readonly id: string;
  name: string;
  peerUrl: string;
  isLearner: boolean;
  /** Looks at which it was a learner that runs. */
  looks: number;
};

type Host = {
  readonly name: string;
  wish: MembersWish;
  isUp: boolean;
  /** Id of the member that its data is of. */
  data: string | undefined;
  /** Peer URL of the member that runs. */
  listens: string | undefined;
};

export class MembersWorld {
  readonly hosts = new Map<string, Host>();
  members: Member[] = [];
  known: MembersSeen["known"];
  /** By host: why it could not start a member that is added, which then stays as it was. */
  readonly obstacles = new Map<string, string>();
  /** What was done, as `h2: promote 3`. */
  readonly done: string[] = [];
  #ids = 0;

  constructor(names: readonly string[], wish: MembersWish) {
    for (const name of names) this.hosts.set(name, { name, wish, isUp: true, data: undefined, listens: undefined });
    for (const { name, peerUrl } of wish.members) {
      const id = this.#nextId();
      this.members.push({ id, name, peerUrl, isLearner: false, looks: 0 });
      Object.assign(this.#host(hostOfMember(name)), { data: id, listens: peerUrl });
    }
  }

  deliver(name: string, wish: MembersWish): void {
    const host = this.#host(name);
    if (wish.generation >= host.wish.generation) host.wish = wish;
  }

  wishOf(name: string): MembersWish {
    return this.#host(name).wish;
  }

  set(name: string, isUp: boolean): void {
    this.#host(name).isUp = isUp;
  }

  loseDisk(name: string): void {
    this.#host(name).data = undefined;
  }

  /** What the host's agent sees. */
  seen(name: string, unseen?: string): MembersSeen {
    const host = this.#host(name);
    this.#start(host);
    return {
      self: host.wish.members.find((member) => hostOfMember(member.name) === name)?.name ?? name,
      wish: host.wish,
      obstacle: this.obstacles.get(name),
      list: this.hasQuorum() ? this.list(name, unseen) : undefined,
      key: "/flexkube/demo/members",
      known: this.known,
      corrupt: [],
      isSafeForTwo: true,
    };
  }

  /** One look of the host's agent and what it decides to call; undefined where nothing is to be called. */
  look(name: string, unseen?: string): { readonly decision: MembersDecision; readonly call?: MembersCall } {
    if (!this.#host(name).isUp) return { decision: { kind: "wait", reason: "it is off" } };
    const decision = judgeMembers(this.seen(name, unseen));
    return isCall(decision) ? { decision, call: decision } : { decision };
  }

  /** By which wish members are changed from now on. */
  remember(name: string): void {
    const { generation, digest } = this.#host(name).wish;
    this.known = { generation, digest };
  }

  /** What etcd makes of the call; false when it refuses it. */
  call(name: string, call: MembersCall): boolean {
    if (!this.hasQuorum() || !this.#take(name, call)) return false;
    this.done.push(`${name}: ${JSON.stringify(call)}`);
    return true;
  }

  /** As this host's agent sees it, to which another one may be out of reach; undefined: as somebody who misses nothing. */
  list(viewer?: string, unseen?: string): readonly ListedMember[] {
    const [leader] = this.members.filter((member) => !member.isLearner && this.#runs(member));
    return this.members.map((member) => {
      const host = hostOfMember(member.name);
      const isWell = this.#runs(member) && (viewer === host || (this.#isHome(member) && unseen !== host));
      return {
        id: member.id,
        name: member.name,
        peerUrls: [member.peerUrl],
        clientUrls: [],
        isLearner: member.isLearner,
        isLeader: member === leader,
        isWell,
        isGone: !isWell,
        isInSync: member.isLearner && isWell && member.looks >= 2,
      };
    });
  }

  voters(): readonly ListedMember[] {
    return this.list().filter(({ isLearner }) => !isLearner);
  }

  /** Two of which neither answers where it is listed do not reach each other; through a third that does all of them work. */
  hasQuorum(members: readonly Member[] = this.members): boolean {
    const voters = members.filter(({ isLearner }) => !isLearner);
    const running = voters.filter((member) => this.#runs(member));
    const together = running.some((member) => this.#isHome(member)) ? running.length : Math.min(1, running.length);
    return together >= Math.floor(voters.length / 2) + 1;
  }

  /** With what is there, whether a member was added, promoted or removed since. */
  #take(name: string, call: MembersCall): boolean {
    if (call.kind === "moveLeader") return this.#moveLeader(call.to);
    if (call.kind === "add") return this.#add(name, call.peerUrl);
    const member = this.members.find(({ id }) => id === call.id);
    if (member === undefined) return false;
    if (call.kind === "promote") {
      if (!member.isLearner || !this.#runs(member) || member.looks < 2) return false;
      member.isLearner = false;
      return true;
    }
    if (call.kind === "update") {
      member.peerUrl = call.peerUrl;
      return true;
    }
    const rest = this.members.filter((other) => other !== member);
    // without etcd's strict check of a reconfiguration, which is the second guard
    this.members = rest;
    return true;
  }

  #add(name: string, peerUrl: string): boolean {
    if (this.members.some((member) => member.isLearner || member.peerUrl === peerUrl)) return false;
    const id = this.#nextId();
    this.members.push({ id, name: "", peerUrl, isLearner: true, looks: 0 });
    return name !== "";
  }

  #moveLeader(to: string): boolean {
    const heir = this.members.find(({ id }) => id === to);
    if (heir === undefined || heir.isLearner || !this.#runs(heir)) return false;
    this.members = [heir, ...this.members.filter((member) => member !== heir)];
    return true;
  }

  /** A member that was added begins with an empty directory; one that was removed never comes back with its data. */
  #start(host: Host): void {
    const own = host.wish.members.find((member) => hostOfMember(member.name) === host.name);
    const listed = this.members.find(({ id }) => id === host.data);
    if (listed !== undefined) {
      // only where etcd lists it, so an address changes there first
      if (listed.peerUrl === own?.peerUrl) host.listens = listed.peerUrl;
      if (listed.isLearner) listed.looks += 1;
      return;
    }
    const added = this.members.find((member) => member.name === "" && member.peerUrl === own?.peerUrl);
    if (own === undefined || added === undefined || this.obstacles.has(host.name)) return;
    Object.assign(host, { data: added.id, listens: added.peerUrl });
    added.name = own.name;
  }

  #runs(member: Member): boolean {
    const host = member.name === "" ? undefined : this.hosts.get(hostOfMember(member.name));
    return host?.isUp === true && host.data === member.id;
  }

  #isHome(member: Member): boolean {
    return this.hosts.get(hostOfMember(member.name))?.listens === member.peerUrl;
  }

  #host(name: string): Host {
    const found = this.hosts.get(name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  }

  #nextId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }
}
