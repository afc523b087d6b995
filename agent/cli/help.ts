// The help texts of flexkube-agent.
import type { Command } from "./options.ts";

export const general = `usage: flexkube-agent [COMMAND] [OPTIONS]

Keeps the containers and files of one host as its host config asks for. It runs as a container; on the host a command is typed as
docker exec flexkube-agent flexkube-agent COMMAND.

commands:
  run          keep the host as configured, until stopped (the default)
  apply        do what is to be done once, then end
  plan         print what apply would do, and change nothing
  status       show the components of this host
  events       what was done to the containers of this host, what ended or began without the agent, and why
  logs         what a component's container has written
  explain      why a component is as it is, and what would free one that is held
  validate     check a host config
  backup       take, list, get and check backups of this host's etcd member
  identity     print what this host's sealed configs are sealed to; make the key for it
  reset        remove everything that the agent made on this host
  schema       print the JSON Schema of what a command prints as data
  completion   print a script with which bash, zsh or fish completes commands, options and values
  man          print the manual page
  version      print the version

options:
  -c, --config FILE    host config, "-" for standard input (default /etc/flexkube/host.yaml); run, apply and plan also take
                       https:// URLs, beside a file or instead: the highest generation sealed to this host wins
      --config-ca FILE certificates (PEM) of who may have signed those servers' (default: those that the host believes)
      --state DIR      state directory (default /var/lib/flexkube)
      --socket PATH    socket of Docker or Podman (default $DOCKER_HOST or /var/run/docker.sock)
      --host-root DIR  where the host's / is mounted read-only (default /host)
      --host NAME      refuse a host config for another host
      --image REF      image of the helpers that write files (default: the agent's own)
      --json           print JSON: what has a schema (flexkube-agent schema)
  -o, --output FORM    print the same in this form: json (as --json does) or yaml
      --log-level L    debug, info, warn, error or silent (default info for run, warn for others)
      --log-format F   text (on a terminal) or json (elsewhere); text has colours on a terminal, unless NO_COLOR is set
  -h, --help           this help; COMMAND --help for a command's own
`;

export const own: Readonly<Partial<Record<Command, string>>> = {
  run: `usage: flexkube-agent run [--allow-older] [--signer KEY] [OPTIONS]

Looks at the host, puts right what differs from the host config, and does so again at the config's interval and when the engine
reports a change; each time is a tick. A host config that is delivered is taken up
within two seconds; one that is not usable is reported and the last usable one stays in force. SIGHUP looks at once,
SIGTERM finishes the current step, if that takes less than 8 s (else exit code 70; the next agent goes on).
  --allow-older   accept a host config of a lower generation
  --signer KEY    believe this signer while no host config is in force: the middle line of pki/delivery/signer.pub
A web server is asked once an interval and after SIGHUP; what it brings that is not newer and sealed to this host changes nothing.
A sealed host config is opened and verified with what the one in force says; from the first that names a signer on, one that
is not sealed is refused.
`,
  apply: `usage: flexkube-agent apply [--plan FILE] [--allow-older] [--accept-unsealed] [--signer KEY] [--lock-timeout DURATION] [--json] [--output FORM] [OPTIONS]

Does what plan prints, once. Ends a former reset. Exit codes: 0 done, 65 the given host config is not usable (what is in
force is kept as it should be all the same), 69 engine, 70 a step failed or something is blocked, 73 files, 75 another
agent is at work. When several hold, 65 comes first, then the error's own.
  --plan FILE        do exactly what plan --save FILE printed, or nothing: when the host or its plan is not as it was, no call is made,
                     what differs is printed and the exit code is 2; a file that is damaged, for another host, cluster or host
                     config, or of another version of the agent is refused with 65. A component whose step fails goes back as ever
  --accept-unsealed  take a host config that is not sealed, although this host has been told who signs
  --signer KEY       believe this signer too: the middle line of pki/delivery/signer.pub
  --lock-timeout DURATION  how long to wait while the loop or another command is at work on this host (default 1m; 0s not at all)
`,
  plan: `usage: flexkube-agent plan [--save FILE] [--allow-older] [--accept-unsealed] [--signer KEY] [--json] [--output FORM] [OPTIONS]

Prints the steps that apply would take, each with its cause, what is blocked and why; changes nothing.
Exit codes: 65 the given host config is not usable and the plan is for the one in force, else 70 something is blocked,
else 2 there are changes, else 0 nothing to do; otherwise as apply. --json has problems, steps, plan (the printed lines), blocked and warnings.
  --save FILE   write the plan, and digests of what it was made from, for apply --plan FILE; no secret is in it
`,
  status: `usage: flexkube-agent status [--json] [--output FORM] [--exit-code] [--wait [DURATION]] [OPTIONS]

The last report with the containers' present states, and what the given host config is now. Works while the loop is dead
or at work; what is old is said to be.
  --exit-code        0 healthy, 65 the given host config is not in force, 70 not healthy, 69 the engine does not answer
  --wait [DURATION]  wait until healthy, at most so long (default 10m), and tell what for; then as --exit-code
`,
  events: `usage: flexkube-agent events [COMPONENT] [--since DURATION] [--json] [--output FORM] [--state DIR]

What the agent did to containers and why, and which of them ended or were started again without it (by the engine, by hand): the newest
last. COMPONENT is a component or a container, DURATION such as 90s, 2h or 7d. Below what failed stand the last lines that it wrote;
--json has all that is kept of them, one event a line. Needs no engine. The log has the newest of at most 2 MiB.
`,
  logs: `usage: flexkube-agent logs COMPONENT [--tail N] [--since DURATION] [--follow] [--socket PATH]

What the container of a component of this host has written: its output on standard output, its errors on standard error. COMPONENT is a
component or a container's name. It is the component's own text: what secrets a program writes there, this shows too.
  --tail N          the last N lines
  --since DURATION  what is no older, such as 90s, 2h or 7d
  -f, --follow      go on until the container ends, or is replaced
Control characters are shown as \\u001b. Exit codes: 64 there is no such container, 69 the engine does not answer or keeps no log of it.
`,
  explain: `usage: flexkube-agent explain COMPONENT [--json] [--output FORM] [OPTIONS]

What was done to a component of this host since its last start and why, what would be done now, and, where something holds it, what
would free it. It looks at the host as plan does and changes nothing.
`,
  validate: `usage: flexkube-agent validate [--config FILE] [--accept-unsealed] [--signer KEY] [--json] [--output FORM]

Prints every problem with its place. Exit codes: 0 usable, 65 not. A sealed one is opened with what this host has.
`,
  backup: `usage: flexkube-agent backup take|list|get [NAME]|check [--lock-timeout DURATION] [--json] [--output FORM] [OPTIONS]

The loop makes backups by itself where the host config asks for them; these do the same by hand, with its directory and limits.
  take    make one now
  list    those that are there and good, the newest first; damaged ones are named
  get     write one to standard output, the newest unless a name is given, and end with 73 if it turns out to be damaged
  check   read all to their end, and restore the newest into a temporary directory
  --lock-timeout DURATION  how long to wait while another backup is under way on this host (default 1m; 0s not at all)
They hold all that is in etcd: Secrets of Kubernetes too, unless it encrypts them.
`,
  identity: `usage: flexkube-agent identity [--new] [--json] [--output FORM] [--state DIR]

Prints the recipient (age1...) of this host's own key, which it makes when there is none: put it into the cluster config as
hosts.<host>.recipient, and this host's sealed configs are sealed to it. The key never leaves the state directory.
  --new   make another key; the one before still opens what is sealed to it, until the next --new
`,
  schema: `usage: flexkube-agent schema COMMAND

Prints the JSON Schema of what COMMAND prints with --json, with a description of every field: apply, plan, status, events (of one line),
explain, validate, reset, backup, identity or version. Fields may come; what a field means changes only with the field version.
`,
  version: `usage: flexkube-agent version [--json] [--output FORM]

Prints the version, of a release also its commit.
`,
  completion: `usage: flexkube-agent completion bash|zsh|fish

Prints a script for the shell, which completes commands, options and values; it asks nothing when it is used.
  bash  source <(docker exec flexkube-agent flexkube-agent completion bash), in ~/.bashrc
The script is for a command flexkube-agent, such as alias flexkube-agent='docker exec flexkube-agent flexkube-agent'.
`,
  man: `usage: flexkube-agent man

Prints the manual page, all commands in one: docker exec flexkube-agent flexkube-agent man | man -l -
`,
  reset: `usage: flexkube-agent reset [--dry-run] [--data] [--lock-timeout DURATION] [--json] [--output FORM] [OPTIONS]

Removes the containers and files that the agent made and the host configs that it kept, and says what it leaves. The
agent, also a restarted one, then does nothing until apply.
  --dry-run   print the list and remove nothing
  --data      remove the data directories too (etcd's data among them); there is no way back
  --lock-timeout DURATION  how long to wait while the loop or another command is at work on this host (default 1m; 0s not at all)
`,
};

/** Help for a command, or for all of them. */
export function helpText(command?: Command): string {
  return (command === undefined ? undefined : own[command]) ?? general;
}
