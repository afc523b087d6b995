// Help texts of flexkube-planner.

export const commands = [
  "init",
  "validate",
  "split",
  "diff",
  "restore",
  "backup-pki",
  "certificates",
  "simulate",
  "kubeconfig",
  "boot",
  "schema",
  "deliver",
  "status",
  "completion",
  "man",
  "version",
] as const;
export type Command = (typeof commands)[number];

export const generalHelp = `usage: flexkube-planner COMMAND [OPTIONS]

Checks the config of a cluster, keeps its PKI and splits it into one config per host.

  init [FILE]          write a commented cluster config to start from
  validate [FILE]      check the cluster config; print all problems
  split [FILE]         write the host configs, and say what each host's agent will do
  diff [FILE]          say what split would change, without writing
  restore [FILE]       let etcd begin anew from a snapshot: write host configs that say so
  backup-pki [FILE]    write keys, certificates and state into one file that only its recipients can read
  certificates [FILE]  all certificates: of which host, until when, who renews them; make one anew
  simulate [FILE]      what ends, is renewed and restarts until a day, while somebody splits and delivers or nobody does
  kubeconfig [FILE]    make a kubeconfig for an administrator or another user
  boot [HOST...]       write documents for a machine's first boot: cloud-init, Ignition, a script and others
  schema [KIND]        print the JSON Schema of a cluster config or a host config, for editors, or of what a command prints as data
  deliver [HOST...]    bring sealed host configs to their hosts through Kubernetes, and say what became of them
  status [FILE]        all hosts in one table, by carried reports or the cluster's Nodes, and what is not as it should be
  completion [SHELL]   print a script with which bash, zsh or fish completes commands, options and values
  man                  print the manual page
  version              print the version

FILE is the cluster config, cluster.yaml when left out. To begin: init, put your hosts' addresses into cluster.yaml, validate, split;
then copy hosts/<name>.yaml to each host as /etc/flexkube/host.yaml, where flexkube-agent takes it up.
flexkube-planner COMMAND --help tells more.
Exit codes: 0 ok, 1 internal, 2 changes (diff) or findings (status --exit-code), 64 usage, 65 config or PKI, 69 Kubernetes API, 70 not applied (deliver), 73 files, 75 locked.
`;

export const commandHelp: Readonly<Record<Command, string>> = {
  init: `usage: flexkube-planner init [FILE] [--force]

Writes a commented cluster config to FILE (cluster.yaml). Refuses when FILE exists.
  --force  overwrite FILE
`,
  validate: `usage: flexkube-planner validate [FILE] [--json] [--output FORM]

Checks FILE and every host config that split would make of it. Reads neither pki/ nor hosts/, writes nothing.
  --json  print {"version", "ok", "problems", "warnings"} to standard output
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
Exit codes: 0 no problems, 65 problems.
`,
  split: `usage: flexkube-planner split [FILE] [--out DIR] [--pki DIR] [--bootstrapped] [--force-network] [--force-version] [--force-etcd] [--replace-member NAMES] [--new-cluster] [--seal] [--pin] [--from DIR] [--kubeconfig CONFIG] [--all] [--verbose] [--json] [--output FORM]

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
  --seal          from now on write sealed/<host>.age too, beside FILE: signed, and sealed to the host's key and to one for recovery, so
                  it may lie anywhere. The keys are made in pki/delivery. A host that has had a config of such a split
                  takes no unsealed one any more
  --pin           first ask the registries of all images for the digests that their tags have now, and write them into images.lock of
                  FILE; every split gives hosts what stands there. Nothing else asks a registry
  --from DIR, --kubeconfig CONFIG  what hosts are proven to have, as in status. Where etcd's hosts and the control plane are proven to
                  be up, this is a split --bootstrapped; a further minor version is refused until what runs is proven to have the last one
  --all           tell of every host, however many
  -v, --verbose   print every key, and every step of each host's agent, instead of one summary for hosts with the same change
  --json          print the result as JSON, all hosts
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
`,
  diff: `usage: flexkube-planner diff [FILE] [--out DIR] [--pki DIR] [--bootstrapped] [--force-network] [--force-version] [--force-etcd] [--replace-member NAMES] [--new-cluster] [--seal] [--from DIR] [--kubeconfig CONFIG] [--all] [--verbose] [--json] [--output FORM]

Prints what split would write and what each agent would do, hosts with the same change together. Writes nothing.
Options as for split; with --verbose also the lines of the host configs that differ, secrets as digests. Exit codes: 0 no changes, 2 changes.
`,
  restore: `usage: flexkube-planner restore [FILE] --snapshot SNAPSHOT [--hosts NAMES] [--lost NAMES] [--again] [--from-cluster NAME] [--out DIR] [--pki DIR] [--force-network] [--force-version] [--force-etcd] [--seal] [--all] [--verbose] [--json] [--output FORM]

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
  certificates: `usage: flexkube-planner certificates [FILE] [--json] [--output FORM] [--renew NAME] [--out DIR] [--pki DIR]

Prints every certificate that pki/ holds, CAs included, the first to end first: host, for whom, issued, ends, and who makes the next one.
A split does so from the day that stands there on, and the host has it when that split is delivered. What kubelets are issued in
the cluster and renew by themselves, kubeconfigs, and certificates that are given in FILE are not in pki/.
  --renew NAME  make this one anew now, with a new key, and nothing else; then split and deliver. Not with --json
  --json        print {"version", "cluster", "at", "certificates"}
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
  --out DIR     where the host configs are (hosts, beside FILE)
  --pki DIR     where keys and certificates are kept (pki.directory of FILE)
Exit codes: 64 no certificate has that name, 65 config or PKI, 73 files, 75 another split is at work.
`,
  simulate: `usage: flexkube-planner simulate [FILE] [--at DAY] [--without-delivery] [--json] [--output FORM] [--out DIR] [--pki DIR]

Prints day by day and host by host which certificates end, which are renewed, and what each agent does with that: splits are made in memory
with the clock of that day, and nothing is written. It supposes that somebody splits and delivers on each day on which something is due,
and that the cluster config stays as it is. What has changed in it since the last split happens on the first such day.
  --at DAY            until then: days from now, such as +400d, or a day such as 2027-12-31 (+365d); at most 3660 days ahead
  --without-delivery  nobody splits and nobody delivers: what ends then, and which containers have it
  --json              print {"version", "cluster", "at", "until", "delivery", "days", "renewedByKubelets"}
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
  --out DIR           where the host configs are (hosts, beside FILE)
  --pki DIR           where keys and certificates are kept (pki.directory of FILE)
Certificates that are given in FILE are renewed by whoever gave them, and stand there when they end. Days are in UTC.
Exit codes: 65 config or PKI, 73 files.
`,
  boot: `usage: flexkube-planner boot [HOST...] --format FORMAT [--config FILE] [--config-url URL]... [--config-ca FILE] [--identity] [--pki DIR] [--out DIR] [--image REF] [--agent-option OPTION]... [--gzip [--base64]] [--url URL] [--max-bytes BYTES] [--json] [--output FORM]

Makes of each host's file the documents with which a machine that has Docker brings up its agent at its first boot. Without HOST
of all hosts that have a file. One document is printed; with --out they go to DIR/HOST/. They hold that host's keys, unless it asks a
web server for its host config: mode 0600.
  --format FORMAT  cloud-init  a cloud-config: user-data
                   nocloud     the same as a seed, user-data and meta-data; the command that makes a disk of it is printed
                   ignition    config.ign for Fedora CoreOS and Flatcar
                   systemd     the unit flexkube-agent.service alone, without the host config and its keys
                   quadlet     flexkube-agent.container for /etc/containers/systemd of a host with Podman, the same
                   script      boot.sh for root; may be run again
  --config FILE    what becomes /etc/flexkube/host.yaml, byte for byte; {host} stands for the host's name (hosts/{host}.yaml)
  --config-url URL  the agent asks this web server for its sealed host config: https://configs.example.org/{host}.age; any number of
                   times. Without --config no host config is in the document; with --config 'sealed/{host}.age' that one is the first.
                   The host makes its own key, unless it has one, and prints its recipient, for hosts.HOST.recipient of the cluster config
  --config-ca FILE  certificates (PEM) of who may have signed the server's (those that the host believes)
  --identity       with --config-url: put the key that split --seal made for the host into the document, so that nobody need look
  --pki DIR        with --config-url: where delivery/signer.pub is, whom the host believes (pki)
  --out DIR        write the documents; what is there is overwritten
  --image REF      the agent's image (flexkube-agent of this version); archives in /var/lib/flexkube/images/*.tar are loaded
                   when Docker does not have it
  --agent-option OPTION  further option of flexkube-agent run, such as --agent-option=--log-level=debug; any number of times
  --gzip           the whole document packed, as cloud-init takes it
  --base64         what --gzip makes as text, for providers that take no other
  --url URL        with ignition: also pointer.ign, which names URL/HOST/config.ign with its digest; give the machine that one
  --max-bytes BYTES  write nothing when what the machine is given has more: 16384 on AWS
  --json           print names, sizes and digests as JSON, and without --out also what is in them
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
Exit codes: 64 usage, 65 no host config, or a document is larger than --max-bytes.
`,
  schema: `usage: flexkube-planner schema [cluster|host|COMMAND]

Prints the JSON Schema of a cluster config, or of a host config, with a description of every field. The first line of what init writes
names cluster.schema.json beside it: flexkube-planner schema >cluster.schema.json, and an editor with a YAML language server
completes fields and marks what is wrong. What validate knows beyond it (relations, files, addresses) no schema says.
With COMMAND, that of what it prints with --json: validate, split, diff, restore, certificates, simulate, boot, status or version.
Fields may come; what a field means changes only with the field version. flexkube-agent schema has those of the agent.
`,
  deliver: `usage: flexkube-planner deliver [HOST...] [--config FILE] [--wait DURATION] [--server URL] [--out DIR] [--pki DIR]

Writes the sealed file of each HOST (all Kubernetes nodes unless told) as a Secret of its name in the namespace flexkube-delivery, where
its agent alone may read it besides administrators, and waits until the agents say at their Nodes what became of it.
  --config FILE    the cluster config (cluster.yaml)
  --wait DURATION  for how long (10m); 0s does not wait
  --server URL     where the API is reached (the first API server of the cluster config)
  --out DIR        write the Secrets as DIR/HOST.yaml for whatever applies them, over no other files, and ask no API
  --pki DIR        where keys and certificates are kept (pki.directory of the cluster config)
Exit codes: 0 applied, 65 no sealed file, 69 the API does not answer or refuses, 70 refused, taken back or not there in time.
`,
  status: `usage: flexkube-planner status [FILE] --from DIR [--kubeconfig CONFIG] [--wait DURATION] [--exit-code] [--json] [--output FORM] [--html PAGE] [--out DIR] [--pki DIR]
       flexkube-planner status [FILE] --kubeconfig CONFIG ...

Prints a row for each host of FILE and, below, what is not as it should be, each with what to do. With --from it asks no host and no
network: DIR holds the reports, one file a host, of any name, carried by whatever copies files. On each host:
  docker exec flexkube-agent flexkube-agent status --json >HOST.json
A report counts only when it is of the host config that split made last, and proven: by its agent, of this host, unchanged, and no
older than one that was here before (pki/reports.json).
  --from DIR       directory of the reports
  --kubeconfig CONFIG  ask the cluster: what the agents say at their Nodes (flexkube.io/delivered), which is which host config is in force
                   and what runs, not how it is now. For hosts without a report in DIR; those without a kubelet must be carried
  --wait DURATION  look again until all is well, for so long; then as with --exit-code
  --exit-code      end with 2 when there are findings
  --json           print {"version", "cluster", "at", "hosts", "findings"}
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
  --html PAGE      write the same as a page into the file PAGE too, over an older page only: it needs no network, has no script and no secret
  --out DIR        where the host configs are (hosts, beside FILE)
  --pki DIR        where keys and certificates are kept (pki.directory of FILE)
Exit codes: 0 all well, 2 findings (--exit-code, --wait), 65 nothing was split yet, 69 the API does not answer or refuses, 73 DIR or CONFIG
cannot be read.
`,
  completion: `usage: flexkube-planner completion bash|zsh|fish

Prints a script for the shell, which completes commands, options and values; it asks nothing when it is used.
  bash  source <(flexkube-planner completion bash), in ~/.bashrc
  zsh   source <(flexkube-planner completion zsh), in ~/.zshrc after compinit
  fish  flexkube-planner completion fish >~/.config/fish/completions/flexkube-planner.fish
`,
  man: `usage: flexkube-planner man

Prints the manual page, all commands in one: flexkube-planner man | man -l -
To keep it: flexkube-planner man >/usr/local/share/man/man1/flexkube-planner.1
`,
  version: `usage: flexkube-planner version [--json] [--output FORM]

Prints the version, of a release also its commit.
  --json  print {"version", "program", "release", "commit"}
  -o, --output FORM  print the same in this form: json (as --json does) or yaml
`,
};
