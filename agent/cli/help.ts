// The help texts of flexkube-agent.
import type { Command } from "./options.ts";

const general = `usage: flexkube-agent [COMMAND] [OPTIONS]

Keeps the containers and files of one host as its host config asks for.

commands:
  run          keep the host as configured, until stopped (the default)
  apply        do what is to be done once, then end
  plan         print what apply would do, and change nothing
  status       show the components of this host
  validate     check a host config
  backup       take, list, get and check backups of this host's etcd member
  reset        remove everything that the agent made on this host
  version      print the version

options:
  -c, --config FILE    host config, "-" for standard input (default /etc/flexkube/host.yaml)
      --state DIR      state directory (default /var/lib/flexkube)
      --socket PATH    engine's socket (default $DOCKER_HOST or /var/run/docker.sock)
      --host-root DIR  where the host's / is mounted read-only (default /host)
      --host NAME      refuse a host config for another host
      --image REF      image for config containers (default: the agent's own)
      --log-level L    debug, info, warn, error or silent (default info for run, warn for others)
  -h, --help           this help; COMMAND --help for a command's own
`;

const own: Readonly<Partial<Record<Command, string>>> = {
  run: `usage: flexkube-agent run [--allow-older] [OPTIONS]

Ticks at the interval of the host config and when the engine reports a change. A host config that is delivered is taken up
within two seconds; one that is not usable is reported and the last usable one stays in force. SIGHUP looks at once,
SIGTERM finishes the current step, if that takes less than 8 s (else exit code 70; the next agent goes on).
  --allow-older   accept a host config of a lower generation
`,
  apply: `usage: flexkube-agent apply [--allow-older] [--json] [OPTIONS]

Does what plan prints, once. Ends a former reset. Exit codes: 0 done, 65 the given host config is not usable (what is in
force is kept as it should be all the same), 69 engine, 70 a step failed or something is blocked, 73 files, 75 another
agent is at work. When several hold, 65 comes first, then the error's own.
`,
  plan: `usage: flexkube-agent plan [--allow-older] [--json] [OPTIONS]

Exit codes: 65 the given host config is not usable and the plan is for the one in force, else 70 something is blocked,
else 2 there are changes, else 0 nothing to do; otherwise as apply. --json has problems, steps, blocked and warnings.
`,
  status: `usage: flexkube-agent status [--json] [--exit-code] [--wait [DURATION]] [OPTIONS]

The last report with the containers' present states, and what the given host config is now. Works while the loop is dead
or at work; what is old is said to be.
  --exit-code        0 healthy, 65 the given host config is not in force, 70 not healthy, 69 the engine does not answer
  --wait [DURATION]  wait until healthy, at most so long (default 10m), and tell what for; then as --exit-code
`,
  validate: `usage: flexkube-agent validate [--config FILE] [--json]

Prints every problem with its place. Exit codes: 0 usable, 65 not.
`,
  backup: `usage: flexkube-agent backup take|list|get [NAME]|check [--json] [OPTIONS]

The loop makes backups by itself where the host config asks for them; these do the same by hand, with its directory and limits.
  take    make one now
  list    those that are there and good, the newest first; damaged ones are named
  get     write one to standard output, the newest unless a name is given, and end with 73 if it turns out to be damaged
  check   read all to their end, and restore the newest into a temporary directory
They hold all that is in etcd: Secrets of Kubernetes too, unless it encrypts them.
`,
  reset: `usage: flexkube-agent reset [--dry-run] [--data] [--json] [OPTIONS]

Removes the containers and files that the agent made and the host configs that it kept, and says what it leaves. The
agent, also a restarted one, then does nothing until apply.
  --dry-run   print the list and remove nothing
  --data      remove the data directories too (etcd's data among them); there is no way back
`,
};

/** Help for a command, or for all of them. */
export function helpText(command?: Command): string {
  return (command === undefined ? undefined : own[command]) ?? general;
}
