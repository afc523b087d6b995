// Help texts of flexkube-planner.

export const commands = [
  "init",
  "validate",
  "split",
  "diff",
  "restore",
  "backup-pki",
  "kubeconfig",
  "version",
] as const;
export type Command = (typeof commands)[number];

export const generalHelp = `usage: flexkube-planner COMMAND [OPTIONS]

Checks the config of a cluster, keeps its PKI and splits it into one config per host.

  init [FILE]      write a commented cluster config to start from
  validate [FILE]  check the cluster config; print all problems
  split [FILE]     write the host configs and say what each host's agent will do
  diff [FILE]      say what split would change, without writing
  restore [FILE]   let etcd begin anew from a snapshot: write host configs that say so
  backup-pki [FILE]  write keys, certificates and state into one file that only its recipients can read
  kubeconfig [FILE]  make a kubeconfig for an administrator or another user
  version          print the version

FILE is cluster.yaml when left out. flexkube-planner COMMAND --help tells more.
Exit codes: 0 ok, 1 internal, 2 changes (diff), 64 usage, 65 config or PKI, 73 files, 75 locked.
`;

export const commandHelp: Readonly<Record<Command, string>> = {
  init: `usage: flexkube-planner init [FILE] [--force]

Writes a commented cluster config to FILE (cluster.yaml). Refuses when FILE exists.
  --force  overwrite FILE
`,
  validate: `usage: flexkube-planner validate [FILE] [--json]

Checks FILE and every host config that split would make of it. Reads neither pki/ nor hosts/, writes nothing.
  --json  print {"ok", "problems", "warnings"} to standard output
Exit codes: 0 no problems, 65 problems.
`,
  split: `usage: flexkube-planner split [FILE] [--out DIR] [--pki DIR] [--bootstrapped] [--force-network] [--force-version] [--force-etcd] [--replace-member NAMES] [--new-cluster] [--all] [--json]

Writes DIR/<host>.yaml for every host, only where something changed. Each file holds the host's secrets: mode 0600.
  --out DIR       where the host configs go (hosts, beside FILE)
  --pki DIR       where keys and certificates are kept (pki.directory of FILE)
  --bootstrapped  etcd is up on all its hosts: from now on no member may found the cluster anew. With Kubernetes also: the
                  objects that the split before gave out are applied, so flexkube-applier leaves system:masters
  --force-network  take another network of pods or Services than before: only for a cluster without pods
  --force-version  take any version of Kubernetes, whatever the one before: see what is refused
  --force-etcd    take etcd as it is said now, whatever its members were before: see what is refused
  --replace-member NAMES  members of etcd whose data is lost, such as h3: each joins anew as h3.2, by its host's own agent, and
                  what is left of its former data is never begun with. Only while the others are a majority; else see restore
  --new-cluster   begin a new cluster: all keys and certificates are made anew and etcd is founded; what is there is set
                  aside in pki/old-<n> and hosts/old-<n>. Hosts of the old cluster are cleared first: flexkube-agent reset --data
  --all           print what the agent will do for every host, not only for the first ten
  --json          print the result as JSON, all hosts
`,
  diff: `usage: flexkube-planner diff [FILE] [--out DIR] [--pki DIR] [--bootstrapped] [--force-network] [--force-version] [--force-etcd] [--replace-member NAMES] [--new-cluster] [--all] [--json]

Prints what split would write and what each agent would do. Secrets are shown as digests only. Writes nothing.
Options as for split. Exit codes: 0 no changes, 2 changes.
`,
  restore: `usage: flexkube-planner restore [FILE] --snapshot SNAPSHOT [--hosts NAMES] [--lost NAMES] [--again] [--from-cluster NAME] [--out DIR] [--pki DIR] [--force-network] [--force-version] [--force-etcd] [--all] [--json]

Splits FILE so that all of etcd's members begin a new cluster from one snapshot, bound to its SHA-256. What was written after
the snapshot is gone. Each member's host needs the host config and this very file, in any order: its agent does the rest, and
members of the old cluster and the new one never mix. Members may come, go and move in the same run.
  --snapshot SNAPSHOT  a backup of flexkube-agent or what etcdctl snapshot save wrote; its record, SNAPSHOT.json, tells more
  --hosts NAMES        the members, such as h1,h2: refused when FILE says others. FILE alone decides
  --lost NAMES         former members, or former addresses of members, where nothing runs any more and never will: each that is
                       not to be restored must be named here. Nothing is restored while one of them answers
  --again              restore once more the snapshot that was restored last
  --from-cluster NAME  the snapshot is one of the cluster NAME
  --force-etcd         take versions and directories of etcd as they are said now
Other options as for split. Exit codes as well: 65 also when the snapshot may not be restored, 73 when it cannot be read.
`,
  "backup-pki": `usage: flexkube-planner backup-pki [FILE] --to BACKUP --recipient AGE... [--force] [--pki DIR]

Writes all of pki/ into BACKUP: the keys of the CAs, of service accounts and of encryption at rest, which neither a host nor a
backup of etcd has, and the state of the cluster config. It is a tar archive encrypted with age: age --decrypt BACKUP | tar -x
  --to BACKUP      file to write, mode 0600; an older backup there is overwritten, any other file is not
  --recipient AGE  who can read it, age1… as age-keygen prints it; any number of times
  --force          overwrite BACKUP whatever it is
  --pki DIR        where keys and certificates are kept (pki.directory of FILE)
Not in it: FILE itself and the files that its secrets are read from. Exit codes: 65 no pki/, 75 beside a split.
`,
  kubeconfig: `usage: flexkube-planner kubeconfig [FILE] [--user NAME] [--group GROUP]... [--expires DURATION] [--server URL] [--out FILE] [--force] [--pki DIR]

Makes a kubeconfig with a new client certificate and prints it; nothing is kept of it. A certificate cannot be taken back:
whoever has the file is that user until it ends.
  --user NAME         user in Kubernetes (kubernetes-admin, in the group flexkube:admins, which may do everything)
  --group GROUP       group of the user, any number of times
  --expires DURATION  how long it lasts, such as 8h (720h)
  --server URL        where the API is reached (the first API server of FILE)
  --out FILE          write FILE, mode 0600, instead of printing; refused when FILE is another file that is there
  --force             overwrite FILE whatever it is
  --pki DIR           where keys and certificates are kept (pki.directory of the cluster config)
`,
  version: `usage: flexkube-planner version
`,
};
